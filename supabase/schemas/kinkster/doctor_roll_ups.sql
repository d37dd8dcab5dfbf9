-- Workers add turns up every half minute, so that figures of a month need not be read from the turns.
create or replace function kinkster.doctor_roll_ups(out state text, out said text, out todo text)
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  v_now timestamptz := kinkster.now();
  v_until timestamptz;
  v_open bigint;
begin
  select s.rolled_until into v_until from kinkster.roll_up_state as s;
  select count(*) into v_open from kinkster.open_turns as o;
  state := case
    when v_until > v_now - interval '1 hour' then 'ok'
    when exists (select from public.kinkster_turns as t where t.created_at < v_now - interval '1 hour') then 'warning'
    else 'ok'
  end;
  said := case
    when not pg_catalog.isfinite(v_until) then 'No turns have been added up yet'
    else 'Turns are added up until ' || pg_catalog.to_char(v_until at time zone 'UTC', 'YYYY-MM-DD HH24:MI') || ' UTC'
  end || pg_catalog.format('; turns of before that are read themselves: %s.', v_open);
  if state = 'warning' then
    todo := 'Figures are right, but slow. Workers do it: start one, or run select kinkster.roll_up_turns(); until it says done.';
  end if;
end
$$;

comment on function kinkster.doctor_roll_ups() is 'Whether turns are added up in time.';

revoke execute on function kinkster.doctor_roll_ups() from public, anon, authenticated, service_role;
