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
  if v_turn.status = 'streaming' and v_turn.lease_expires_at > kinkster.now() and v_turn.worker <> p_worker then
    raise sqlstate 'PT409' using
      message = 'This request is being answered already.',
      hint = 'Send it again with the same request id when it has ended to get the reply, or read kinkster_messages.';
  end if;
  if v_turn.status = 'completed' or (
    v_turn.status in ('failed', 'cancelled') and not exists (
      select 1
      from public.kinkster_conversations as c
      where c.user_id = p_user_id
        and c.id = v_turn.conversation_id
        and c.head_turn_id = p_turn_id
        and c.state = 'active'
    )
  ) then
    return kinkster.turn_as_json(v_turn) || '{"state": "settled"}';
  end if;
  -- Asked again: a last message that got no whole reply, or a claim whose answer was lost on its way to this very worker.
  if v_turn.status <> 'queued' then
    update public.kinkster_turns as t
    set
      status = 'queued',
      attempts = least(t.attempts, 1),
      finished_at = null,
      error_code = null,
      error_message = null,
      error_hint = null
    where t.user_id = p_user_id and t.id = p_turn_id;
  end if;
  return kinkster.claim_turn(p_user_id, p_turn_id, p_worker, p_stateless);
end
$$;

comment on function kinkster.take_turn(uuid, uuid, text, boolean) is
  'A turn for the door that was asked for it: claimed when it waits, or failed or was cancelled as the last of its conversation; settled otherwise. p_worker names one call: the same one again gets its own claim once more. Raises PT409 while another answers it.';

revoke execute on function kinkster.take_turn(uuid, uuid, text, boolean) from public, anon, authenticated, service_role;
grant execute on function kinkster.take_turn(uuid, uuid, text, boolean) to kinkster_worker;
