-- An index keeps writers waiting while it is built, so each has a transaction of its own.
-- Never wait long for a lock: better to fail here, with nothing changed, and be run again.
set local lock_timeout = '400ms';

create index if not exists kinksters_user_id_idx on public.kinksters (user_id);
