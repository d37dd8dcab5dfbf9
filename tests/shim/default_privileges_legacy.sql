-- What Supabase projects made before 2026 give away by default: whatever is made in `public` belongs to the API roles too.
-- Newer projects have nothing of the kind, so for those there is no file.

alter default privileges in schema public grant all on tables to anon, authenticated, service_role;
alter default privileges in schema public grant all on functions to anon, authenticated, service_role;
alter default privileges in schema public grant all on sequences to anon, authenticated, service_role;
