-- Never wait long for a lock: better to fail here, with nothing changed, and be run again.
set local lock_timeout = '400ms';

-- from supabase/schemas/public/kinkster_turns.sql (sha256 1ed462d392354e9b0c4ca95b4ac8764054a1b0710c14df0015c3da8aacb8af57)
alter table public.kinkster_turns validate constraint turn_rebuilt_because_is_known;
