-- The turns that no sum stands for. A function, so that the planner knows how few they are.
create or replace function kinkster.turns_not_added_up()
  returns setof kinkster.measured_turns
  language plpgsql
  stable
  security invoker
  set search_path = ''
  set plan_cache_mode = 'force_custom_plan'
as $$
declare
  v_until timestamptz := kinkster.rolled_until();
  v_open record;
begin
  return query
  select m.* from kinkster.measured_turns as m where m.created_at >= v_until;
  for v_open in
    select o.user_id, o.turn_id from kinkster.open_turns as o
  loop
    return query
    select m.*
    from kinkster.measured_turns as m
    where m.user_id = v_open.user_id and m.turn_id = v_open.turn_id and m.created_at < v_until;
  end loop;
end
$$;

comment on function kinkster.turns_not_added_up() is
  'The measured turns that are not in kinkster.daily_sums; under row security.';

revoke execute on function kinkster.turns_not_added_up() from public, anon, authenticated, service_role;
grant execute on function kinkster.turns_not_added_up() to service_role;
