-- How far sums reach. A clock that was set back makes what is added up of its day into what is to come.
create or replace function kinkster.rolled_until()
  returns timestamptz
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  v_now timestamptz := kinkster.now();
begin
  return (
    select case when s.rolled_until <= v_now then s.rolled_until else pg_catalog.date_trunc('day', v_now, 'UTC') end
    from kinkster.roll_up_state as s
  );
end
$$;

comment on function kinkster.rolled_until() is
  'Turns of before this are in kinkster.daily_sums, but for open_turns; the others are read themselves.';

revoke execute on function kinkster.rolled_until() from public, anon, authenticated, service_role;
grant execute on function kinkster.rolled_until() to service_role;
