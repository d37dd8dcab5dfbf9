-- Never wait long for a lock: better to fail here, with nothing changed, and be run again.
set local lock_timeout = '400ms';

-- from supabase/schemas/public/kinkster_turns.sql (sha256 798696e96aca2267fa196ee53e4780db520e47c2623401d4a3d2435227c201ed)
create index kinkster_turns_created_at_idx on public.kinkster_turns (created_at);
