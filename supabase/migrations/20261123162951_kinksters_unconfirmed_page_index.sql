-- Never wait long for a lock: better to fail here, with nothing changed, and be run again.
set local lock_timeout = '400ms';

create index kinksters_unconfirmed_page_idx on public.kinksters (notion_page_id) where synced_revision is null;
