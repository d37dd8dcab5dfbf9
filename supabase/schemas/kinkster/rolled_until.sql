-- How far roll-ups reach. A clock that was set back makes hours that are added up into hours to come.
create or replace function kinkster.rolled_until()
  returns timestamptz
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
begin
  return (
    select least(s.rolled_until, pg_catalog.date_trunc('hour', kinkster.now(), 'UTC'))
    from kinkster.roll_up_state as s
  );
end
$$;

comment on function kinkster.rolled_until() is
  'Hours before this are read from kinkster.hourly_turns, but for open_hours; the others from the turns.';

revoke execute on function kinkster.rolled_until() from public, anon, authenticated, service_role;
grant execute on function kinkster.rolled_until() to service_role;
