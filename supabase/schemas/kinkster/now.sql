-- The product's only clock. Functions with a pinned search_path do not see a faked now(), so tests move this one.
create or replace function kinkster.now()
  returns timestamptz
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
begin
  return pg_catalog.clock_timestamp() + (select s.clock_offset from kinkster.settings as s);
end
$$;

comment on function kinkster.now() is
  'Current time, moved by kinkster.settings.clock_offset. Every rule about time asks this function.';

revoke execute on function kinkster.now() from public, anon, authenticated, service_role;
grant execute on function kinkster.now() to authenticated, service_role;
