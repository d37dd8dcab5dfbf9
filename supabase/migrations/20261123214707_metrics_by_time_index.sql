-- Never wait long for a lock: better to fail here, with nothing changed, and be run again.
set local lock_timeout = '400ms';

-- from supabase/schemas/public/kinkster_turns.sql (sha256 cb4ec155e06006cb7dd459c62e0a041e456938a033a4176ebd686ac63c0c2de7)
create index kinkster_turns_created_at_idx on public.kinkster_turns (created_at);
