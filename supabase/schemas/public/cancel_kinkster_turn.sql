-- Stops a reply that waits or streams. What had been checkpointed of it is kept.
create or replace function public.cancel_kinkster_turn(p_turn_id uuid)
  returns jsonb
  language plpgsql
  volatile
  security invoker
  set search_path = ''
as $$
declare
  v_turn public.kinkster_turns := kinkster.visible_turn(p_turn_id);
begin
  if not kinkster.cancel_turn(p_turn_id) then
    raise sqlstate 'PT409' using
      message = 'This turn has ended already.',
      hint = 'Read its reply; only a turn that waits or streams can be cancelled.';
  end if;
  select t.* into v_turn
  from public.kinkster_turns as t
  where t.user_id = v_turn.user_id and t.id = p_turn_id;
  return kinkster.turn_as_json(v_turn) || '{"success": true}';
end
$$;

comment on function public.cancel_kinkster_turn(uuid) is
  'Cancels the caller''s turn while it waits or streams; text that was streaming stops. Returns the turn as await_kinkster_reply does. Raises PT404 for a turn that the caller cannot see, PT409 for one that has ended.';

revoke execute on function public.cancel_kinkster_turn(uuid) from public, anon, authenticated, service_role;
grant execute on function public.cancel_kinkster_turn(uuid) to authenticated;
