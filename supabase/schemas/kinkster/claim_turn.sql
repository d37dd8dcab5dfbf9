-- Gives a waiting turn to a worker, with all that it needs to ask the provider. Here the route is decided, the prompt is
-- built, and whether the provider remembers or is told the transcript again. Security definer: workers have no table rights.
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
  v_parent public.kinkster_turns;
  v_kinkster public.kinksters;
  v_chat record;
  v_obstacle record;
  v_limits text;
  v_limits_sha256 text;
  v_instructions text;
  v_chained boolean;
begin
  select t.* into v_turn
  from public.kinkster_turns as t
  where t.user_id = p_user_id and t.id = p_turn_id
  for no key update;
  if not found or not (
    v_turn.status = 'queued' or (v_turn.status = 'streaming' and v_turn.lease_expires_at <= v_now)
  ) then
    raise sqlstate 'KW001' using message = 'This turn is not waiting for a worker.';
  end if;

  if v_turn.attempts >= (select s.max_attempts from kinkster.settings as s) then
    update public.kinkster_turns as t
    set
      status = 'failed',
      finished_at = v_now,
      error_code = 'worker_lost',
      error_message = 'The reply was interrupted several times and did not finish.',
      error_hint = 'Send the message again.'
    where t.user_id = p_user_id and t.id = p_turn_id
    returning t.* into v_turn;
    return kinkster.turn_as_json(v_turn) || '{"state": "settled"}';
  end if;

  select c.kinkster_id, c.state, p.submission_state::text as user_state, p.hard_limits, p.soft_limits
  into v_chat
  from public.kinkster_conversations as c
  join public.profiles as p on p.id = c.user_id
  where c.user_id = p_user_id and c.id = v_turn.conversation_id;
  select k.* into v_kinkster
  from public.kinksters as k
  where k.id = v_chat.kinkster_id and (k.user_id = p_user_id or k.is_system_kinkster);

  -- Asked when the message was sent, and again now: it may have waited.
  v_obstacle := kinkster.chat_obstacle(v_kinkster, v_chat.user_state);
  if v_kinkster.id is null or v_chat.state <> 'active' or v_obstacle.reason is not null then
    update public.kinkster_turns as t
    set
      status = 'failed',
      finished_at = v_now,
      error_code = 'not_chattable',
      error_message = coalesce(v_obstacle.reason, 'This conversation could not go on.'),
      error_hint = coalesce(v_obstacle.hint, 'Check that the conversation is active and the kinkster still yours.')
    where t.user_id = p_user_id and t.id = p_turn_id
    returning t.* into v_turn;
    return kinkster.turn_as_json(v_turn) || '{"state": "settled"}';
  end if;

  v_limits := kinkster.limits_block(v_chat.hard_limits, v_kinkster.hard_limits);
  v_limits_sha256 := pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(v_limits, 'UTF8')), 'hex');
  v_instructions := kinkster.compose_prompt(v_kinkster, v_limits, v_chat.soft_limits);

  -- A provider's memory goes on only from a whole reply of its own, given under the same limits, with no change of
  -- provider since, and, for Flowise, in a session that no other branch has gone on with.
  select t.* into v_parent
  from public.kinkster_turns as t
  where t.user_id = p_user_id and t.id = v_turn.parent_turn_id;
  v_chained := v_parent.status = 'completed'
    and v_parent.provider = v_kinkster.provider
    and v_parent.limits_sha256 = v_limits_sha256
    and coalesce(v_kinkster.provider_changed_at <= v_parent.started_at, true);
  if v_kinkster.provider = 'openai_responses' then
    v_chained := v_chained and v_parent.api = 'responses' and v_parent.response_id is not null and not p_stateless;
  else
    v_chained := v_chained and v_parent.session_id is not null and v_turn.attempts = 0 and not exists (
      select
      from public.kinkster_turns as t
      where t.user_id = p_user_id
        and t.conversation_id = v_turn.conversation_id
        and t.parent_turn_id = v_parent.id
        and t.session_id = v_parent.session_id
    );
  end if;
  v_chained := coalesce(v_chained, false);

  update public.kinkster_turns as t
  set
    status = 'streaming',
    provider = v_kinkster.provider,
    model = case when v_kinkster.provider = 'openai_responses' then
      coalesce(v_kinkster.openai_model, (select s.default_openai_model from kinkster.settings as s))
    end,
    session_id = case when v_kinkster.provider = 'flowise' then
      case when v_chained then v_parent.session_id else pg_catalog.gen_random_uuid() end
    end,
    session_follows_turn_id = case when v_kinkster.provider = 'flowise' then
      case when v_chained then v_parent.session_follows_turn_id else v_parent.id end
    end,
    continuity = case when v_chained then 'chained' when v_parent.id is null then 'new' else 'rebuilt' end,
    prompt_sha256 = pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(v_instructions, 'UTF8')), 'hex'),
    limits_sha256 = v_limits_sha256,
    attempts = t.attempts + 1,
    worker = p_worker,
    lease = pg_catalog.gen_random_uuid(),
    lease_expires_at = v_now + (select s.lease from kinkster.settings as s),
    next_attempt_at = null,
    started_at = v_now
  where t.user_id = p_user_id and t.id = p_turn_id
  returning t.* into v_turn;

  return pg_catalog.jsonb_build_object(
    'state', 'claimed',
    'plan', pg_catalog.jsonb_build_object(
      'user_id', v_turn.user_id,
      'turn_id', v_turn.id,
      'conversation_id', v_turn.conversation_id,
      'lease', v_turn.lease,
      'attempt', v_turn.attempts,
      'provider', v_turn.provider,
      'model', v_turn.model,
      'instructions', v_instructions,
      'limits', v_limits,
      'message', v_turn.message,
      'previous_response_id', case when v_chained then v_parent.response_id end,
      'history', case
        when not v_chained then kinkster.turn_history(p_user_id, v_parent.id)
        when v_turn.session_follows_turn_id is not null then
          kinkster.turn_history(p_user_id, v_turn.session_follows_turn_id)
      end,
      'chatflow_id', case when v_turn.provider = 'flowise' then
        coalesce(nullif(v_kinkster.flowise_chatflow_id, ''), (select s.default_flowise_chatflow_id from kinkster.settings as s))
      end,
      'session_id', v_turn.session_id,
      'safety_identifier',
      pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(p_user_id::text, 'UTF8')), 'hex')
    )
  );
end
$$;

comment on function kinkster.claim_turn(uuid, uuid, text, boolean) is
  'Claims a queued turn, or one whose lease has run out, for a worker: {"state": "claimed", "plan": …}. A turn that can no longer be chatted, or was claimed max_attempts times, is settled as failed: {"state": "settled", …}. p_stateless: the server keeps no responses, so the transcript is given. Raises KW001 when the turn is not waiting.';

revoke execute on function kinkster.claim_turn(uuid, uuid, text, boolean) from public, anon, authenticated, service_role;
grant execute on function kinkster.claim_turn(uuid, uuid, text, boolean) to kinkster_worker;
