-- Never wait long for a lock: better to fail here, with nothing changed, and be run again.
set local lock_timeout = '400ms';

-- from supabase/schemas/kinkster/is_blank.sql
-- Whether a text says nothing.
create or replace function kinkster.is_blank(p_text text)
  returns boolean
  language plpgsql
  immutable
  parallel safe
  security invoker
  set search_path = ''
as $$
begin
  return coalesce(pg_catalog.btrim(p_text, kinkster.blanks()), '') = '';
end
$$;

comment on function kinkster.is_blank(text) is
  'True for null, the empty text, and text of white space and invisible characters alone.';

revoke execute on function kinkster.is_blank(text) from public, anon, authenticated, service_role;
grant execute on function kinkster.is_blank(text) to authenticated, service_role;

-- from supabase/schemas/public/kinkster_turns.sql (sha256 658ebcbbff6b4f217b295157995fa3f845ff6b7730ee7f8ef26e2fd1bd51de36)
alter table public.kinkster_turns set (fillfactor = 75);

-- from supabase/schemas/kinkster/place_message.sql
-- All that is asked of a message before it is stored, as the user, under row security: whether it may be said, and where it
-- goes. The conversation stays locked until the transaction ends. A safeword comes before everything that could refuse the
-- message, and goes its own way.
create or replace function kinkster.place_message(
  p_kinkster_id uuid,
  p_message text,
  p_conversation_id uuid,
  p_request_id uuid,
  p_instead_of public.kinkster_turns default null,
  out sent jsonb,
  out turn_id uuid,
  out conversation_id uuid,
  out parent_turn_id uuid,
  out rollout_id uuid,
  out hard_limits text[],
  out soft_limits text[]
)
  language plpgsql
  volatile
  security invoker
  set search_path = ''
as $$
declare
  c_readable constant integer := 200000;  -- a safeword is looked for in no more characters
  v_user_id uuid := auth.uid();
  v_profile record;
  v_locked record;
  v_obstacle record;
  v_kinkster public.kinksters;
  v_conversation public.kinkster_conversations;
  v_head record;
begin
  if v_user_id is null then
    raise sqlstate 'PT403' using
      message = 'Only a signed-in user can send a message.',
      hint = 'Call this with the user''s token, not with a service key.';
  end if;
  if kinkster.is_blank(p_message) then
    raise sqlstate 'PT422' using
      message = 'The message is blank.',
      hint = 'Send 1 to 32,000 characters.';
  end if;

  select p.submission_state::text as state, p.safewords into v_profile
  from public.profiles as p
  where p.id = v_user_id;
  if kinkster.has_safeword(pg_catalog.left(p_message, c_readable), v_profile.safewords) then
    sent := kinkster.store_safeword(p_kinkster_id, pg_catalog.left(p_message, c_readable), p_conversation_id, p_request_id);
    if sent is not null then
      return;
    end if;
  end if;

  sent := kinkster.sent_turn(v_user_id, p_request_id, p_kinkster_id, p_message, p_conversation_id);
  if sent is not null then
    return;
  end if;
  if pg_catalog.char_length(p_message) > 32000 then
    raise sqlstate 'PT422' using
      message = pg_catalog.format('The message has %s characters; at most 32,000 are taken.', pg_catalog.char_length(p_message)),
      hint = 'Shorten it, or send it in parts.';
  end if;
  v_kinkster := kinkster.visible_kinkster(p_kinkster_id);
  v_obstacle := kinkster.chat_obstacle(v_kinkster, coalesce(v_profile.state, 'none'));
  if v_obstacle.reason is null then
    v_conversation := kinkster.open_conversation(v_user_id, p_kinkster_id, p_conversation_id);
    if v_conversation.head_turn_id = p_request_id then
      sent := kinkster.sent_turn(v_user_id, p_request_id, p_kinkster_id, p_message, p_conversation_id);
      return;
    end if;
    if v_conversation.state <> 'active' then
      raise sqlstate 'PT409' using
        message = pg_catalog.format('This conversation is %s.', v_conversation.state),
        hint = case v_conversation.state
          when 'paused' then 'Call resume_kinkster_conversation when you want to go on.'
          else 'Start a new conversation, or set its state to active.'
        end;
    end if;
    -- Limits, and a pause of all chats, as they are now that the conversation is locked: it may have waited for that.
    select p.submission_state::text as state, p.hard_limits, p.soft_limits into v_locked
    from public.profiles as p
    where p.id = v_user_id;
    if v_locked.state is distinct from v_profile.state then
      v_obstacle := kinkster.chat_obstacle(v_kinkster, coalesce(v_locked.state, 'none'));
    end if;
  end if;
  if v_obstacle.reason is not null then
    raise sqlstate 'PT409' using message = v_obstacle.reason, hint = v_obstacle.hint;
  end if;

  perform
  from kinkster.turns_in_flight as f
  where f.user_id = v_user_id and f.conversation_id = v_conversation.id;
  if found and not kinkster.release_expired_turn(v_conversation.id) then
    raise sqlstate 'PT409' using
      message = 'A reply is still being written in this conversation.',
      hint = 'Wait for it to end, or cancel it, then send the message again.';
  end if;

  if p_instead_of.id is not null then
    parent_turn_id := p_instead_of.parent_turn_id;
  else
    -- The last turn that is shown; where that one was deleted, the newest that is left, so that the context goes on.
    if v_conversation.head_turn_id is not null then
      select t.id, t.parent_turn_id, t.status, t.message into v_head
      from public.kinkster_turns as t
      where t.user_id = v_user_id and t.id = v_conversation.head_turn_id;
    else
      select t.id, t.parent_turn_id, t.status, t.message into v_head
      from public.kinkster_turns as t
      where t.user_id = v_user_id and t.conversation_id = v_conversation.id
      order by t.created_at desc, t.id
      limit 1;
    end if;
    -- The same words again after they got no whole reply take the place of the first try: said once, they stand once.
    parent_turn_id := case
      when v_head.status in ('failed', 'cancelled') and v_head.message = p_message then v_head.parent_turn_id
      else v_head.id
    end;
  end if;
  turn_id := coalesce(p_request_id, pg_catalog.gen_random_uuid());
  conversation_id := v_conversation.id;
  rollout_id := v_conversation.rollout_id;
  hard_limits := v_locked.hard_limits;
  soft_limits := v_locked.soft_limits;
end
$$;

comment on function kinkster.place_message(uuid, text, uuid, uuid, public.kinkster_turns) is
  'What every way of sending asks first. Gives sent, what is answered already: a request that came before, or a safeword; else the keys of the turn that is to be stored: turn_id, conversation_id, parent_turn_id; and what its claim has to know: rollout_id, and the user''s hard_limits and soft_limits. With p_instead_of the turn stands beside that one, under the same parent. Raises what send_kinkster_message raises.';

revoke execute on function kinkster.place_message(uuid, text, uuid, uuid, public.kinkster_turns)
  from public, anon, authenticated, service_role;
grant execute on function kinkster.place_message(uuid, text, uuid, uuid, public.kinkster_turns)
  to authenticated, service_role;

-- from supabase/schemas/kinkster/store_message.sql
-- Stores a message as a new turn that waits for a worker, under row security. The request id is the turn's id, so that a
-- request that is sent twice is one turn. Wakes nobody: who calls it knows who answers.
create or replace function kinkster.store_message(
  p_kinkster_id uuid,
  p_message text,
  p_conversation_id uuid,
  p_request_id uuid,
  p_instead_of public.kinkster_turns default null
)
  returns jsonb
  language plpgsql
  volatile
  security invoker
  set search_path = ''
as $$
declare
  v_user_id uuid := auth.uid();
  v_placed record;
begin
  loop
    v_placed := kinkster.place_message(p_kinkster_id, p_message, p_conversation_id, p_request_id, p_instead_of);
    if v_placed.sent is not null then
      return v_placed.sent;
    end if;
    -- Where somebody was quicker, with this id or in this conversation, the next look sees them.
    exit when kinkster.queue_turn(v_placed.conversation_id, v_placed.turn_id, v_placed.parent_turn_id, p_message);
  end loop;

  update public.kinkster_conversations as c
  set head_turn_id = v_placed.turn_id, updated_at = kinkster.now()
  where c.user_id = v_user_id and c.id = v_placed.conversation_id;

  return pg_catalog.jsonb_build_object(
    'success', true,
    'created', true,
    'turn_id', v_placed.turn_id,
    'conversation_id', v_placed.conversation_id,
    'status', 'queued',
    'safeword_seen', false
  );
end
$$;

comment on function kinkster.store_message(uuid, text, uuid, uuid, public.kinkster_turns) is
  'Stores a message that waits for a worker, and returns turn_id, conversation_id, status, created and safeword_seen. With p_instead_of the new turn stands beside that one, under the same parent. Raises what send_kinkster_message raises.';

revoke execute on function kinkster.store_message(uuid, text, uuid, uuid, public.kinkster_turns)
  from public, anon, authenticated, service_role;
grant execute on function kinkster.store_message(uuid, text, uuid, uuid, public.kinkster_turns)
  to authenticated, service_role;

-- from supabase/schemas/kinkster/plan_turn.sql
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

-- from supabase/schemas/kinkster/claim_turn.sql
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

-- from supabase/schemas/kinkster/begin_turn.sql
-- The HTTP door's one call before it asks a provider: places the message as the user, under row security, and stores
-- and claims its turn as the worker, in one transaction and one round trip. Not security definer: it becomes the user and
-- comes back.
create or replace function kinkster.begin_turn(
  p_claims jsonb,
  p_kinkster_id uuid,
  p_message text,
  p_conversation_id uuid,
  p_request_id uuid,
  p_endpoint text,
  p_worker text,
  p_stateless boolean default false
)
  returns jsonb
  language plpgsql
  volatile
  security invoker
  set search_path = ''
as $$
declare
  v_worker_role text := pg_catalog.current_setting('role');
  v_placed record;
  v_kinkster public.kinksters;
  v_turn public.kinkster_turns;
  v_endpoint text;
  v_planned jsonb;
begin
  v_turn.user_id := (p_claims ->> 'sub')::uuid;
  v_turn.message := p_message;
  loop
    perform pg_catalog.set_config('request.jwt.claims', p_claims::text, true);
    perform pg_catalog.set_config('role', 'authenticated', true);

    v_placed := kinkster.place_message(p_kinkster_id, p_message, p_conversation_id, p_request_id);
    select k.* into v_kinkster from public.kinksters as k where k.id = p_kinkster_id;
    if p_endpoint <> '/api/chat' then
      v_endpoint := kinkster.endpoint(v_kinkster.provider);
    end if;

    perform pg_catalog.set_config('role', v_worker_role, true);
    perform pg_catalog.set_config('request.jwt.claims', '', true);

    -- Raising takes back what was stored: nothing is, for a wrong route. A safeword is heeded on any.
    if p_endpoint not in ('/api/chat', v_endpoint) and not coalesce((v_placed.sent ->> 'safeword_seen')::boolean, false) then
      raise sqlstate 'PT409' using
        message = pg_catalog.format('This kinkster is not answered at %s.', p_endpoint),
        hint = pg_catalog.format('Post to %s, or to /api/chat, which finds the route by itself.', v_endpoint);
    end if;
    if v_placed.sent is not null then
      return kinkster.take_turn(v_turn.user_id, (v_placed.sent ->> 'turn_id')::uuid, p_worker, p_stateless);
    end if;
    continue when v_kinkster.id is null;  -- it was seen a moment ago; the next look says that it is gone
    v_turn.id := v_placed.turn_id;
    v_turn.conversation_id := v_placed.conversation_id;
    v_turn.parent_turn_id := v_placed.parent_turn_id;
    v_planned := kinkster.plan_turn(
      v_turn, true, v_kinkster, v_placed.rollout_id, v_placed.hard_limits, v_placed.soft_limits, null, p_worker, p_stateless
    );
    -- Where somebody was quicker, with this id or in this conversation, the next look sees them.
    exit when v_planned is not null;
  end loop;
  return v_planned;
end
$$;

comment on function kinkster.begin_turn(jsonb, uuid, text, uuid, uuid, text, text, boolean) is
  'place_message as the user of verified claims, then plan_turn, in one call. p_endpoint is the path that was called. A safeword, and a request that was sent and settled before, answer {"state": "settled", …}; one that is being answered, or has to wait, {"state": "waiting", …}. Raises what both raise, and PT409 for the wrong path.';

revoke execute on function kinkster.begin_turn(jsonb, uuid, text, uuid, uuid, text, text, boolean)
  from public, anon, authenticated, service_role;
grant execute on function kinkster.begin_turn(jsonb, uuid, text, uuid, uuid, text, text, boolean) to kinkster_worker;
