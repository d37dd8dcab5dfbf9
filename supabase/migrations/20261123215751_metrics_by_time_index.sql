-- Never wait long for a lock: better to fail here, with nothing changed, and be run again.
set local lock_timeout = '400ms';

-- from supabase/schemas/public/kinkster_turns.sql (sha256 b16102eacd53e5f3fb0e88a933f031d74f7406f0f011617ee583d6010a64eba3)
create index kinkster_turns_created_at_idx on public.kinkster_turns (created_at);
