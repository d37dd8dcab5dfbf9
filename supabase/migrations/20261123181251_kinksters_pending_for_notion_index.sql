-- Never wait long for a lock: better to fail here, with nothing changed, and be run again.
set local lock_timeout = '400ms';

-- from supabase/schemas/public/kinksters.sql (sha256 6494c23ed1a487a79249022e36d83b6768c0f934145c117997b9052ebb5c7a44)
create index if not exists kinksters_pending_for_notion_idx on public.kinksters (user_id, id) where sync_status = 'pending';
