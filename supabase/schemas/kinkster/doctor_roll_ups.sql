-- Figures of a month are added up hour by hour, by workers.
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
  select count(distinct o.hour) into v_open from kinkster.open_hours as o;
  state := case
    when v_until > v_now - interval '3 hours' then 'ok'
    when exists (select from public.kinkster_turns as t where t.created_at < v_now - interval '3 hours') then 'warning'
    else 'ok'
  end;
  said := case
    when not pg_catalog.isfinite(v_until) then 'No turns have been added up yet'
    else 'Turns are added up until ' || pg_catalog.to_char(v_until at time zone 'UTC', 'YYYY-MM-DD HH24:MI') || ' UTC'
  end || pg_catalog.format('; hours that are read from the turns: %s.', v_open);
  if state = 'warning' then
    todo := 'Figures are right, but slow. Workers do it: start one, or run select kinkster.roll_up_turns(); until it says done.';
  end if;
end
$$;

comment on function kinkster.doctor_roll_ups() is 'Whether turns are added up in time.';

revoke execute on function kinkster.doctor_roll_ups() from public, anon, authenticated, service_role;
