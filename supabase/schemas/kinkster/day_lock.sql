-- The advisory lock between adding up turns of a day (alone) and changing what they add up to (shared). There are 256 of them:
-- who deletes years of turns holds no more, and days that share one only wait a little.
create or replace function kinkster.day_lock(p_day date)
  returns bigint
  language plpgsql
  immutable
  parallel safe
  security invoker
  set search_path = ''
as $$
begin
  return pg_catalog.hashtextextended('kinkster day ' || (p_day - '2000-01-01'::date) % 256, 0);
end
$$;

comment on function kinkster.day_lock(date) is 'Key of the advisory lock of a day.';

revoke execute on function kinkster.day_lock(date) from public, anon, authenticated, service_role;
