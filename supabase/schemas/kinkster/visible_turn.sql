-- Row security decides which turns a caller sees; this turns "none" into the one answer for unknown and foreign ids.
create or replace function kinkster.visible_turn(p_turn_id uuid)
  returns public.kinkster_turns
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  v_user_id uuid := auth.uid();
  v_turn public.kinkster_turns;
begin
  select t.* into v_turn
  from public.kinkster_turns as t
  where t.user_id = v_user_id and t.id = p_turn_id;
  if not found then
    raise sqlstate 'PT404' using
      message = 'There is no turn with this id that you can see.',
      hint = 'Use the turn_id that send_kinkster_message returned.';
  end if;
  return v_turn;
end
$$;

comment on function kinkster.visible_turn(uuid) is
  'The caller''s turn with this id. Raises PT404, the same for an unknown one and somebody else''s.';

revoke execute on function kinkster.visible_turn(uuid) from public, anon, authenticated, service_role;
grant execute on function kinkster.visible_turn(uuid) to authenticated;
