-- Never wait long for a lock: better to fail here, with nothing changed, and be run again.
set local lock_timeout = '400ms';

create index if not exists kinksters_system_idx on public.kinksters (id) where is_system_kinkster;
