-- The turns that no roll-up stands for. A function, so that the planner knows which hours it is asked for, few as a rule.
create or replace function kinkster.turns_not_rolled_up()
  returns setof kinkster.measured_turns
  language plpgsql
  stable
  security invoker
  set search_path = ''
  set plan_cache_mode = 'force_custom_plan'
as $$
declare
  v_until timestamptz := kinkster.rolled_until();
  v_hour timestamptz;
begin
  return query
  select m.* from kinkster.measured_turns as m where m.created_at >= v_until;
  for v_hour in
    select distinct o.hour from kinkster.open_hours as o where o.hour < v_until
  loop
    return query
    select m.* from kinkster.measured_turns as m where m.created_at >= v_hour and m.created_at < v_hour + interval '1 hour';
  end loop;
end
$$;

comment on function kinkster.turns_not_rolled_up() is
  'The measured turns of all hours that are not in kinkster.hourly_turns, or open again; under row security.';

revoke execute on function kinkster.turns_not_rolled_up() from public, anon, authenticated, service_role;
grant execute on function kinkster.turns_not_rolled_up() to service_role;
