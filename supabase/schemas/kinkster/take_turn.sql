-- What a worker does with a turn that a client has just asked for: answer it, replay it, or read along where it is answered.
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
  v_now timestamptz := kinkster.now();
  v_turn public.kinkster_turns;
begin
  select t.* into v_turn
  from public.kinkster_turns as t
  where t.user_id = p_user_id and t.id = p_turn_id
  for no key update;
  if (v_turn.status = 'streaming' and v_turn.lease_expires_at > v_now and v_turn.worker <> p_worker)
    or (v_turn.status = 'queued' and v_turn.next_attempt_at > v_now) then
    return kinkster.turn_in_state(v_turn, 'waiting');
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
    return kinkster.turn_in_state(v_turn, 'settled');
  end if;
  -- Asked again: a last message that got no whole reply, or a claim whose answer was lost on its way to this very worker.
  if v_turn.status <> 'queued' then
    perform kinkster.take_back_turns(p_user_id, v_turn.conversation_id, p_turn_id, true);
    update public.kinkster_turns as t
    set
      status = 'queued',
      attempts = 0,
      asked_again_at = v_now,
      is_shown = false,
      safeword_seen = false,
      next_attempt_at = null,
      finished_at = null,
      error_code = null,
      error_message = null,
      error_hint = null
    where t.user_id = p_user_id and t.id = p_turn_id;
    insert into kinkster.turns_in_flight as f (user_id, conversation_id, turn_id)
    values (p_user_id, v_turn.conversation_id, p_turn_id)
    on conflict (user_id, conversation_id) do update set turn_id = excluded.turn_id where f.turn_id = excluded.turn_id;
    if not found then
      raise sqlstate 'PT409' using
        message = 'A reply is still being written in this conversation.',
        hint = 'Wait for it to end, or cancel it, then send the message again.';
    end if;
  end if;
  return kinkster.claim_turn(p_user_id, p_turn_id, p_worker, p_stateless);
end
$$;

comment on function kinkster.take_turn(uuid, uuid, text, boolean) is
  'A turn for the door that was asked for it: claimed when it waits, or failed or was cancelled as the last of its conversation; {"state": "waiting"} while another answers it or before its next attempt is due; settled otherwise. p_worker names one call: the same one again gets its own claim once more. Raises PT409 when another turn of the conversation is in flight.';

revoke execute on function kinkster.take_turn(uuid, uuid, text, boolean) from public, anon, authenticated, service_role;
grant execute on function kinkster.take_turn(uuid, uuid, text, boolean) to kinkster_worker;
