-- The advisory lock between adding up an hour (alone) and changing its turns afterwards (shared). There are 256 of them: who
-- deletes years of turns holds no more, and hours that share one only wait a little.
create or replace function kinkster.hour_lock(p_hour timestamptz)
  returns bigint
  language plpgsql
  immutable
  parallel safe
  security invoker
  set search_path = ''
as $$
begin
  return pg_catalog.hashtextextended('kinkster hour ' || (extract(epoch from p_hour) / 3600)::bigint % 256, 0);
end
$$;

comment on function kinkster.hour_lock(timestamptz) is 'Key of the advisory lock of the hour that begins at p_hour.';

revoke execute on function kinkster.hour_lock(timestamptz) from public, anon, authenticated, service_role;
