-- Never wait long for a lock: better to fail here, with nothing changed, and be run again.
set local lock_timeout = '400ms';

create unique index a_page_of_notion_shows_one_kinkster on public.kinksters (notion_page_id) where synced_revision is not null;
