-- What a worker does with a turn that a client has just asked for: answer it, replay it, or say that it is being answered.
create or replace function kinkster.take_turn(
  p_user_id uuid,
  p_turn_id uuid,
  p_worker text,
  p_stateless boolean
)
  returns jsonb
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
declare
  v_turn public.kinkster_turns;
begin
  select t.* into v_turn
  from public.kinkster_turns as t
  where t.user_id = p_user_id and t.id = p_turn_id
  for no key update;
  if v_turn.status in ('completed', 'failed', 'cancelled') then
    return kinkster.turn_as_json(v_turn) || '{"state": "settled"}';
  end if;
  if v_turn.status = 'streaming' and v_turn.lease_expires_at > kinkster.now() then
    raise sqlstate 'PT409' using
      message = 'This request is being answered already.',
      hint = 'Send it again with the same request id when it has ended to get the reply, or read kinkster_messages.';
  end if;
  return kinkster.claim_turn(p_user_id, p_turn_id, p_worker, p_stateless);
end
$$;

comment on function kinkster.take_turn(uuid, uuid, text, boolean) is
  'A turn for the door that was asked for it: claimed when it waits, settled when it has ended. Raises PT409 while another worker answers it.';

revoke execute on function kinkster.take_turn(uuid, uuid, text, boolean) from public, anon, authenticated, service_role;
grant execute on function kinkster.take_turn(uuid, uuid, text, boolean) to kinkster_worker;
