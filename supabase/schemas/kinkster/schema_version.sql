-- Raised whenever a worker of before could do harm, so that it ends instead. Additions that it can ignore do not raise it.
create or replace function kinkster.schema_version()
  returns integer
  language plpgsql
  immutable
  parallel safe
  security invoker
  set search_path = ''
as $$
begin
  return 1;
end
$$;

comment on function kinkster.schema_version() is
  'Version of the functions that workers call; a worker that knows another one says so and ends.';

revoke execute on function kinkster.schema_version() from public, anon, authenticated, service_role;
grant execute on function kinkster.schema_version() to kinkster_worker;
