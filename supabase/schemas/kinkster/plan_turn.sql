-- How a turn is answered: here the route is decided, the prompt is built, and whether the provider remembers or is told the
-- transcript again. A turn that has just been placed is stored here, too, claimed with its first write. Security definer:
-- workers have no table rights.
create or replace function kinkster.plan_turn(
  p_turn public.kinkster_turns,
  p_is_new boolean,
  p_kinkster public.kinksters,
  p_rollout_id uuid,
  p_hard_limits text[],
  p_soft_limits text[],
  p_failure text[],
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
  c_look_again constant interval := interval '5 seconds';
  c_longest_wait constant interval := interval '10 minutes';
  v_now timestamptz := kinkster.now();
  v_settings kinkster.settings;
  v_turn public.kinkster_turns;
  v_parent public.kinkster_turns;
  v_failure text[] := p_failure;
  v_own_provider text;
  v_provider text;
  v_wait_until timestamptz;
  v_limits text;
  v_limits_sha256 text;
  v_instructions text;
  v_chained boolean;
  v_chosen text;
  v_model text;
  v_lease uuid := pg_catalog.gen_random_uuid();  -- Citus takes no volatile function within an update
  v_session_id uuid;
begin
  select s.* into v_settings from kinkster.settings as s;
  if v_failure is null then
    v_own_provider := kinkster.conversation_provider(p_kinkster, p_turn.user_id, p_turn.conversation_id, p_rollout_id);
    v_provider := v_own_provider;
    v_wait_until := kinkster.pass_breaker(v_provider);
    if v_wait_until is not null and v_settings.reroute_while_down and (
      v_provider = 'flowise'
      or coalesce(nullif(p_kinkster.flowise_chatflow_id, ''), v_settings.default_flowise_chatflow_id) is not null
    ) then
      v_provider := case v_provider when 'flowise' then 'openai_responses' else 'flowise' end;
      v_wait_until := kinkster.pass_breaker(v_provider);
    end if;
    if v_wait_until is not null and v_now - coalesce(p_turn.asked_again_at, p_turn.created_at) > c_longest_wait then
      v_failure := array['provider_unavailable', 'The provider is having trouble, and has been for a while.', 'Send the message again later.'];
    end if;
  end if;

  if v_failure is not null then
    update public.kinkster_turns as t
    set
      status = 'failed',
      provider = coalesce(v_provider, t.provider),
      finished_at = v_now,
      next_attempt_at = null,
      error_code = v_failure[1],
      error_message = v_failure[2],
      error_hint = v_failure[3]
    where t.user_id = p_turn.user_id and t.id = p_turn.id
    returning t.* into v_turn;
    delete from kinkster.turns_in_flight as f
    where f.user_id = v_turn.user_id and f.conversation_id = v_turn.conversation_id;
    return kinkster.turn_in_state(v_turn, 'settled');
  end if;

  if p_is_new then
    insert into kinkster.turns_in_flight (user_id, conversation_id, turn_id)
    values (p_turn.user_id, p_turn.conversation_id, p_turn.id)
    on conflict do nothing;
    if not found then
      return null;
    end if;
  end if;
  if v_wait_until is not null then
    v_wait_until := least(v_wait_until, v_now + c_look_again) + pg_catalog.random() * interval '2 seconds';
    insert into public.kinkster_turns as t (
      user_id, id, conversation_id, parent_turn_id, message, created_at, next_attempt_at, error_code, error_message, error_hint
    )
    values (
      p_turn.user_id, p_turn.id, p_turn.conversation_id, p_turn.parent_turn_id, p_turn.message,
      v_now,
      -- The breaker may close before its time: when the turn that tries the provider is answered.
      v_wait_until,
      'provider_unavailable',
      'The provider is having trouble.',
      'The message is sent by itself once the provider is back.'
    )
    on conflict (user_id, id) do update
    set
      status = 'queued',
      next_attempt_at = excluded.next_attempt_at,
      error_code = excluded.error_code,
      error_message = excluded.error_message,
      error_hint = excluded.error_hint
    where not p_is_new
    returning t.* into v_turn;
  else
    v_limits := kinkster.limits_block(p_hard_limits, p_kinkster.hard_limits);
    v_limits_sha256 := kinkster.sha256_of(v_limits);
    v_instructions := kinkster.compose_prompt(p_kinkster, v_limits, p_soft_limits);

    select t.* into v_parent
    from public.kinkster_turns as t
    where t.user_id = p_turn.user_id and t.id = p_turn.parent_turn_id;
    -- A provider's memory goes on only from a whole reply of its own, given under the same limits, with no change of
    -- provider since, and, for Flowise, in a session that nothing else has gone on with.
    v_chained := coalesce(
      v_parent.status = 'completed'
      and v_parent.provider = v_provider
      and v_parent.limits_sha256 = v_limits_sha256
      and coalesce(p_kinkster.provider_changed_at <= v_parent.started_at, true)
      and case v_provider
        when 'openai_responses' then v_parent.api = 'responses' and v_parent.response_id is not null and not p_stateless
        else v_parent.session_id is not null and not v_parent.session_taken
      end,
      false
    );
    if v_provider = 'openai_responses' then
      v_chosen := coalesce(p_kinkster.openai_model, v_settings.default_openai_model);
      v_model := kinkster.model_in_force(v_chosen, v_now);
    else
      v_session_id := case when v_chained then v_parent.session_id else pg_catalog.gen_random_uuid() end;
    end if;

    insert into public.kinkster_turns as t (
      user_id, id, conversation_id, parent_turn_id, message, created_at, status, provider, rerouted_from, model, replaced_model,
      session_id, session_follows_turn_id, continuity, rebuilt_because, prompt_sha256, limits_sha256, limits, attempts, worker, lease,
      lease_expires_at, started_at
    )
    values (
      p_turn.user_id, p_turn.id, p_turn.conversation_id, p_turn.parent_turn_id, p_turn.message,
      v_now,  -- not the default, which is later than started_at
      'streaming',
      v_provider,
      nullif(v_own_provider, v_provider),
      v_model,
      nullif(v_chosen, v_model),
      v_session_id,
      case when v_provider = 'flowise' then
        case when v_chained then v_parent.session_follows_turn_id else v_parent.id end
      end,
      case when v_chained then 'chained' when v_parent.id is null then 'new' else 'rebuilt' end,
      case
        when v_chained or v_parent.id is null then null
        when v_parent.status <> 'completed' or v_parent.provider is null then 'unfinished'
        when v_parent.provider <> v_provider or p_kinkster.provider_changed_at > v_parent.started_at then 'provider_changed'
        when v_parent.limits_sha256 is distinct from v_limits_sha256 then 'limits_changed'
        when v_provider = 'flowise' then 'branched'
        else 'stateless'
      end,
      kinkster.sha256_of(v_instructions),
      v_limits_sha256,
      pg_catalog.jsonb_build_object(
        'platform', v_settings.platform_hard_limits,
        'user', coalesce(p_hard_limits, '{}'),
        'kinkster', coalesce(p_kinkster.hard_limits, '{}')
      ),
      1,
      p_worker,
      v_lease,
      v_now + v_settings.lease,
      v_now
    )
    on conflict (user_id, id) do update
    set
      status = excluded.status,
      provider = excluded.provider,
      rerouted_from = excluded.rerouted_from,
      model = excluded.model,
      replaced_model = excluded.replaced_model,
      session_id = excluded.session_id,
      session_follows_turn_id = excluded.session_follows_turn_id,
      session_taken = false,
      continuity = excluded.continuity,
      rebuilt_because = excluded.rebuilt_because,
      prompt_sha256 = excluded.prompt_sha256,
      limits_sha256 = excluded.limits_sha256,
      limits = excluded.limits,
      attempts = t.attempts + 1,
      worker = excluded.worker,
      lease = excluded.lease,
      lease_expires_at = excluded.lease_expires_at,
      next_attempt_at = null,
      reply_is_stale = (t.reply <> ''),
      started_at = excluded.started_at,
      error_code = null,
      error_message = null,
      error_hint = null
    where not p_is_new
    returning t.* into v_turn;
  end if;

  if p_is_new then
    if not found then
      delete from kinkster.turns_in_flight as f
      where f.user_id = p_turn.user_id and f.conversation_id = p_turn.conversation_id;
      return null;
    end if;
    update public.kinkster_conversations as c
    set head_turn_id = v_turn.id, updated_at = v_now
    where c.user_id = v_turn.user_id and c.id = v_turn.conversation_id;
  end if;
  if v_wait_until is not null then
    return kinkster.turn_in_state(v_turn, 'waiting');
  end if;
  if v_chained and v_provider = 'flowise' then
    update public.kinkster_turns as t
    set session_taken = true
    where t.user_id = p_turn.user_id and t.id = v_parent.id;
  end if;

  return pg_catalog.jsonb_build_object(
    'state', 'claimed',
    'plan', pg_catalog.jsonb_build_object(
      'user_id', v_turn.user_id,
      'turn_id', v_turn.id,
      'conversation_id', v_turn.conversation_id,
      'lease', v_turn.lease,
      'lease_seconds', extract(epoch from v_settings.lease),
      'attempt', v_turn.attempts,
      'provider', v_turn.provider,
      'model', v_turn.model,
      'instructions', v_instructions,
      'limits', v_limits,
      'message', v_turn.message,
      'previous_response_id', case when v_chained then v_parent.response_id end,
      'history', case
        when not v_chained then kinkster.turn_history(v_turn.user_id, v_parent.id)
        when v_turn.session_follows_turn_id is not null then
          kinkster.turn_history(v_turn.user_id, v_turn.session_follows_turn_id)
      end,
      'chatflow_id', case when v_turn.provider = 'flowise' then
        coalesce(nullif(p_kinkster.flowise_chatflow_id, ''), v_settings.default_flowise_chatflow_id)
      end,
      'session_id', v_turn.session_id,
      'safety_identifier', kinkster.sha256_of(v_turn.user_id::text)
    )
  );
end
$$;

comment on function kinkster.plan_turn(
  public.kinkster_turns, boolean, public.kinksters, uuid, text[], text[], text[], text, boolean
) is
  'Claims a turn that its caller has locked, or stores and claims a new one, for a worker: {"state": "claimed", "plan": …}. p_failure: code, message and hint of why it can no longer be answered, which settles it: {"state": "settled", …}. While the provider''s breaker is open it goes to the other one, where settings allow, or waits: {"state": "waiting", …}, for ten minutes at most. A model past its end is replaced by the one that the registry names. p_stateless: the server keeps no responses, so the transcript is given. Null, and nothing done, when p_is_new and the conversation has a turn in flight, or the id is taken.';

revoke execute on function kinkster.plan_turn(
  public.kinkster_turns, boolean, public.kinksters, uuid, text[], text[], text[], text, boolean
) from public, anon, authenticated, service_role;
grant execute on function kinkster.plan_turn(
  public.kinkster_turns, boolean, public.kinksters, uuid, text[], text[], text[], text, boolean
) to kinkster_worker;
