-- Gives a waiting turn to a worker, with all that it needs to ask the provider. Security definer: workers have no table rights.
create or replace function kinkster.claim_turn(
  p_user_id uuid,
  p_turn_id uuid,
  p_worker text,
  p_stateless boolean default false
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
  v_kinkster public.kinksters;
  v_chat record;
  v_obstacle record;
  v_failure text[];
begin
  select t.* into v_turn
  from public.kinkster_turns as t
  where t.user_id = p_user_id and t.id = p_turn_id
  for no key update;
  if not found or not coalesce(
    (v_turn.status = 'queued' and coalesce(v_turn.next_attempt_at <= v_now, true))
    or (v_turn.status = 'streaming' and v_turn.lease_expires_at <= v_now),
    false
  ) then
    raise sqlstate 'KW001' using message = 'This turn is not waiting for a worker.';
  end if;

  select
    c.kinkster_id, c.state, c.rollout_id, p.submission_state::text as user_state, p.hard_limits, p.soft_limits, p.safewords
  into v_chat
  from public.kinkster_conversations as c
  join public.profiles as p on p.id = c.user_id
  where c.user_id = p_user_id and c.id = v_turn.conversation_id;
  select k.* into v_kinkster
  from public.kinksters as k
  where k.id = v_chat.kinkster_id and (k.user_id = p_user_id or k.is_system_kinkster);

  -- A turn can be inserted without place_message; no model is asked about a safeword either way.
  if kinkster.has_safeword(v_turn.message, v_chat.safewords) then
    -- Others lock the conversation first, then its turn: whoever has it now comes first, since waiting would be a deadlock.
    perform
    from public.kinkster_conversations as c
    where c.user_id = p_user_id and c.id = v_turn.conversation_id
    for no key update skip locked;
    if not found then
      raise sqlstate 'KW001' using message = 'This turn''s conversation is being changed; look again.';
    end if;
    v_turn := kinkster.check_in(p_user_id, v_turn.conversation_id, p_turn_id, v_turn.message);
    return kinkster.turn_in_state(v_turn, 'settled');
  end if;

  -- Asked when the message was sent, and again now: it may have waited.
  v_obstacle := kinkster.chat_obstacle(v_kinkster, v_chat.user_state);
  if v_turn.is_shown then
    v_failure := array['worker_lost', 'The worker was lost before the reply was whole.', 'What had arrived is kept. Send the message again to have a whole reply.'];
  elsif v_turn.attempts >= (select s.max_attempts from kinkster.settings as s) then
    v_failure := array['worker_lost', 'The reply was interrupted several times and did not finish.', 'Send the message again.'];
  elsif v_kinkster.id is null or v_chat.state <> 'active' or v_obstacle.reason is not null then
    v_failure := array[
      'not_chattable',
      coalesce(v_obstacle.reason, 'This conversation could not go on.'),
      coalesce(v_obstacle.hint, 'Check that the conversation is active and the kinkster still yours.')
    ];
  end if;

  return kinkster.plan_turn(
    v_turn, false, v_kinkster, v_chat.rollout_id, v_chat.hard_limits, v_chat.soft_limits, v_failure, p_worker, p_stateless
  );
end
$$;

comment on function kinkster.claim_turn(uuid, uuid, text, boolean) is
  'Claims a queued turn, or one whose lease has run out, for a worker, as plan_turn does. A turn that can no longer be chatted, was claimed max_attempts times, or whose text had reached a client before its worker was lost, is settled as failed, and one with a safeword as answered: {"state": "settled", …}. p_stateless: the server keeps no responses, so the transcript is given. Raises KW001 when the turn is not waiting, or not yet due.';

revoke execute on function kinkster.claim_turn(uuid, uuid, text, boolean) from public, anon, authenticated, service_role;
grant execute on function kinkster.claim_turn(uuid, uuid, text, boolean) to kinkster_worker;
