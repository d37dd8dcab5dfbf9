-- Figures of a month are added up hour by hour, by workers.
create or replace function kinkster.doctor_roll_ups(out state text, out said text, out todo text)
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  v_now timestamptz := kinkster.now();
  v_ran_at timestamptz := (select s.rolled_at from kinkster.roll_up_state as s);
begin
  state := case
    when v_ran_at > v_now - interval '10 minutes' then 'ok'
    when not exists (select from public.kinkster_turns as t where t.created_at < v_now - interval '10 minutes') then 'ok'
    when not exists (select from kinkster.workers as w where w.seen_at > v_now - interval '90 seconds') then 'unknown'
    else 'warning'
  end;
  said := case
    when v_ran_at is null then 'Turns have not been added up yet.'
    else pg_catalog.format('Turns were added up at %s UTC.', pg_catalog.to_char(v_ran_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI'))
  end;
  if state = 'unknown' then
    todo := 'Workers do it, and none runs: see workers first.';
  elsif state = 'warning' then
    todo := 'Figures are right, but slow. See the logs of the workers, which do it; by hand: select kinkster.roll_up_turns(); until it says done.';
  end if;
end
$$;

comment on function kinkster.doctor_roll_ups() is 'Whether turns are added up in time.';

revoke execute on function kinkster.doctor_roll_ups() from public, anon, authenticated, service_role;
