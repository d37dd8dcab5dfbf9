-- Never wait long for a lock: better to fail here, with nothing changed, and be run again.
set local lock_timeout = '400ms';

-- from supabase/schemas/kinkster/settings.sql (sha256 068c837de7fcce4a68ae85ecfb48d1c4444f05dd3dfe28dc53aabcd521f2a0b6)
alter table kinkster.settings
  add column max_attempts integer not null default 3
  constraint max_attempts_are_bounded check (max_attempts between 1 and 20);
comment on column kinkster.settings.max_attempts is 'How often workers may claim one turn before it fails.';

-- from supabase/schemas/kinkster/store_message.sql
-- Stores a message as a new turn, under row security, before anybody is asked to answer it. The request id is the turn's
-- id, so that a request that is sent twice is one turn. Wakes nobody: who calls it knows who answers.
create or replace function kinkster.store_message(
  p_kinkster_id uuid,
  p_message text,
  p_conversation_id uuid,
  p_request_id uuid
)
  returns jsonb
  language plpgsql
  volatile
  security invoker
  set search_path = ''
as $$
declare
  v_user_id uuid := auth.uid();
  v_turn_id uuid := coalesce(p_request_id, pg_catalog.gen_random_uuid());
  v_sent jsonb;
  v_user_state text;
  v_obstacle record;
  v_conversation public.kinkster_conversations;
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
  if pg_catalog.char_length(p_message) > 32000 then
    raise sqlstate 'PT422' using
      message = pg_catalog.format('The message has %s characters; at most 32,000 are taken.', pg_catalog.char_length(p_message)),
      hint = 'Shorten it, or send it in parts.';
  end if;

  v_sent := kinkster.sent_turn(v_user_id, p_request_id, p_kinkster_id, p_message, p_conversation_id);
  if v_sent is not null then
    return v_sent;
  end if;

  select p.submission_state::text into v_user_state from public.profiles as p where p.id = v_user_id;
  if not found then
    raise sqlstate 'PT409' using
      message = 'You have no profile yet.',
      hint = 'Insert your row into profiles (id and email) first.';
  end if;
  v_obstacle := kinkster.chat_obstacle(kinkster.visible_kinkster(p_kinkster_id), v_user_state);
  if v_obstacle.reason is not null then
    raise sqlstate 'PT409' using message = v_obstacle.reason, hint = v_obstacle.hint;
  end if;

  v_conversation := kinkster.open_conversation(v_user_id, p_kinkster_id, p_conversation_id);
  if v_conversation.head_turn_id = p_request_id then
    return kinkster.sent_turn(v_user_id, p_request_id, p_kinkster_id, p_message, p_conversation_id);
  end if;

  insert into public.kinkster_turns (user_id, id, conversation_id, parent_turn_id, message)
  values (v_user_id, v_turn_id, v_conversation.id, v_conversation.head_turn_id, p_message)
  on conflict do nothing;
  if not found then
    -- Somebody was quicker: this very request from another connection, or another message of this conversation.
    v_sent := kinkster.sent_turn(v_user_id, p_request_id, p_kinkster_id, p_message, p_conversation_id);
    if v_sent is not null then
      return v_sent;
    end if;
    if not kinkster.release_expired_turn(v_conversation.id) then
      raise sqlstate 'PT409' using
        message = 'A reply is still being written in this conversation.',
        hint = 'Wait for it to end, then send the message again.';
    end if;
    insert into public.kinkster_turns (user_id, id, conversation_id, parent_turn_id, message)
    values (v_user_id, v_turn_id, v_conversation.id, v_conversation.head_turn_id, p_message);
  end if;

  update public.kinkster_conversations as c
  set head_turn_id = v_turn_id, updated_at = kinkster.now()
  where c.user_id = v_user_id and c.id = v_conversation.id;

  return pg_catalog.jsonb_build_object(
    'success', true,
    'created', true,
    'turn_id', v_turn_id,
    'conversation_id', v_conversation.id,
    'status', 'queued'
  );
end
$$;

comment on function kinkster.store_message(uuid, text, uuid, uuid) is
  'What send_kinkster_message and the HTTP door share: stores the message and returns turn_id, conversation_id, status and created. Raises what send_kinkster_message raises.';

revoke execute on function kinkster.store_message(uuid, text, uuid, uuid) from public, anon, authenticated, service_role;
grant execute on function kinkster.store_message(uuid, text, uuid, uuid) to authenticated, service_role;

-- from supabase/schemas/public/send_kinkster_message.sql
-- Begins a turn that waits for a worker: stores the message, and wakes whoever listens. The notice carries nothing, and
-- whoever misses it finds the turn by looking.
create or replace function public.send_kinkster_message(
  p_kinkster_id uuid,
  p_message text,
  p_conversation_id uuid default null,
  p_request_id uuid default null
)
  returns jsonb
  language plpgsql
  volatile
  security invoker
  set search_path = ''
as $$
declare
  v_sent jsonb := kinkster.store_message(p_kinkster_id, p_message, p_conversation_id, p_request_id);
begin
  if v_sent ->> 'status' = 'queued' then
    perform pg_catalog.pg_notify('kinkster_turns', '');
  end if;
  return v_sent;
end
$$;

comment on function public.send_kinkster_message(uuid, text, uuid, uuid) is
  'Stores a message of 1 to 32,000 characters as a new turn and returns turn_id, conversation_id, status and created. Without p_conversation_id the latest conversation with the kinkster goes on, or a first one starts. The same p_request_id is one turn, however often it is sent. Raises PT404 for a kinkster or conversation that the caller cannot see, PT409 when the kinkster cannot be chatted with, the conversation is not active or a reply is in flight, PT422 for a bad message, PT403 without a user.';

revoke execute on function public.send_kinkster_message(uuid, text, uuid, uuid) from public, anon, authenticated, service_role;
grant execute on function public.send_kinkster_message(uuid, text, uuid, uuid) to authenticated, service_role;

-- from supabase/schemas/kinkster/turn_as_json.sql
-- A turn as it is shown to whoever asked for it: what was replied, or why not.
create or replace function kinkster.turn_as_json(p_turn public.kinkster_turns)
  returns jsonb
  language plpgsql
  immutable
  security invoker
  set search_path = ''
as $$
begin
  return pg_catalog.jsonb_build_object(
    'turn_id', p_turn.id,
    'conversation_id', p_turn.conversation_id,
    'status', p_turn.status,
    'reply', p_turn.reply,
    'error', case when p_turn.error_code is not null then
      pg_catalog.jsonb_build_object(
        'code', p_turn.error_code, 'message', p_turn.error_message, 'hint', p_turn.error_hint
      )
    end
  );
end
$$;

comment on function kinkster.turn_as_json(public.kinkster_turns) is
  'A turn as JSON: turn_id, conversation_id, status, reply, and error (code, message, hint) or null.';

revoke execute on function kinkster.turn_as_json(public.kinkster_turns) from public, anon, authenticated, service_role;
grant execute on function kinkster.turn_as_json(public.kinkster_turns) to authenticated, service_role;

-- from supabase/schemas/public/await_kinkster_reply.sql
-- Waits for a turn's end, so that plain SQL or RPC can hold a conversation. It looks again ten times a second; being
-- volatile, it sees what others commit meanwhile. Call it outside the transaction that sent the message.
create or replace function public.await_kinkster_reply(p_turn_id uuid, p_timeout interval default '30 seconds')
  returns jsonb
  language plpgsql
  volatile
  security invoker
  set search_path = ''
as $$
declare
  v_deadline timestamptz := pg_catalog.clock_timestamp() + p_timeout;
  v_turn public.kinkster_turns;
begin
  if p_timeout is null or p_timeout < '0' or p_timeout > '10 minutes' then
    raise sqlstate 'PT422' using
      message = 'The timeout is not between nothing and 10 minutes.',
      hint = 'Give an interval such as ''30 seconds'', and call again to wait longer.';
  end if;
  loop
    select t.* into v_turn
    from public.kinkster_turns as t
    where t.user_id = (select auth.uid()) and t.id = p_turn_id;
    if not found then
      raise sqlstate 'PT404' using
        message = 'There is no turn with this id that you can see.',
        hint = 'Use the turn_id that send_kinkster_message returned.';
    end if;
    exit when v_turn.status in ('completed', 'failed', 'cancelled') or pg_catalog.clock_timestamp() >= v_deadline;
    perform pg_catalog.pg_sleep(0.1);
  end loop;
  return kinkster.turn_as_json(v_turn) || pg_catalog.jsonb_build_object('success', true);
end
$$;

comment on function public.await_kinkster_reply(uuid, interval) is
  'Waits until the caller''s turn has ended, at most p_timeout (up to 10 minutes), and returns turn_id, conversation_id, status, reply and error as they are then. Raises PT404 for a turn that the caller cannot see, PT422 for a bad timeout.';

revoke execute on function public.await_kinkster_reply(uuid, interval) from public, anon, authenticated, service_role;
grant execute on function public.await_kinkster_reply(uuid, interval) to authenticated;

-- from supabase/schemas/kinkster/cancel_turn.sql
-- Cancels a turn of the caller's. Security definer: a client may not write a status itself; it takes no user id, so it
-- reaches the caller's own turns alone. Whoever answers the turn is told at once, and finds out at its next checkpoint
-- if the notice is lost.
create or replace function kinkster.cancel_turn(p_turn_id uuid)
  returns boolean
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
begin
  update public.kinkster_turns as t
  set
    status = 'cancelled',
    finished_at = kinkster.now(),
    next_attempt_at = null,
    error_code = 'cancelled',
    error_message = 'You cancelled this reply.',
    error_hint = 'Send the message again to have one.'
  where t.user_id = (select auth.uid()) and t.id = p_turn_id and t.status in ('queued', 'streaming');
  if found then
    perform pg_catalog.pg_notify('kinkster_cancelled', p_turn_id::text);
  end if;
  return found;
end
$$;

comment on function kinkster.cancel_turn(uuid) is
  'Cancels the caller''s turn if it waits or streams; whether it did.';

revoke execute on function kinkster.cancel_turn(uuid) from public, anon, authenticated, service_role;
grant execute on function kinkster.cancel_turn(uuid) to authenticated;

-- from supabase/schemas/public/cancel_kinkster_turn.sql
-- Stops a reply that waits or streams. What had been checkpointed of it is kept.
create or replace function public.cancel_kinkster_turn(p_turn_id uuid)
  returns jsonb
  language plpgsql
  volatile
  security invoker
  set search_path = ''
as $$
declare
  v_turn public.kinkster_turns;
begin
  select t.* into v_turn
  from public.kinkster_turns as t
  where t.user_id = (select auth.uid()) and t.id = p_turn_id;
  if not found then
    raise sqlstate 'PT404' using
      message = 'There is no turn with this id that you can see.',
      hint = 'Use the turn_id that send_kinkster_message returned.';
  end if;
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

-- from supabase/schemas/kinkster/claim_turn.sql
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

  select c.kinkster_id, c.state, p.submission_state::text as user_state, p.hard_limits into v_chat
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
  v_instructions := kinkster.compose_prompt(v_kinkster, v_limits);

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

-- from supabase/schemas/kinkster/claim_next_turn.sql
-- The queue door's claim. Users take turns: it gives the first waiting turn of the next user after the one whose turn the
-- worker claimed last, so that a user with a thousand messages waits for no more of them than the others do. Locked rows
-- are passed over. At most one turn of a conversation waits or streams, by a unique index.
create or replace function kinkster.claim_next_turn(
  p_worker text,
  p_after_user_id uuid default null,
  p_stateless boolean default false
)
  returns jsonb
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
declare
  c_first_user constant uuid := '00000000-0000-0000-0000-000000000000'::uuid;
  v_now timestamptz := kinkster.now();
  v_after uuid := coalesce(p_after_user_id, c_first_user);
  v_user_id uuid;
  v_turn_id uuid;
  v_claimed jsonb;
begin
  loop
    select t.user_id, t.id into v_user_id, v_turn_id
    from public.kinkster_turns as t
    where t.status in ('queued', 'streaming')
      and t.user_id > v_after
      and (
        (t.status = 'queued' and coalesce(t.next_attempt_at <= v_now, true))
        or (t.status = 'streaming' and t.lease_expires_at <= v_now)
      )
    order by t.user_id, t.conversation_id
    limit 1
    for no key update skip locked;
    if found then
      v_claimed := kinkster.claim_turn(v_user_id, v_turn_id, p_worker, p_stateless);
      if v_claimed ->> 'state' = 'claimed' then
        return v_claimed;
      end if;
      v_after := v_user_id;
    elsif v_after <> c_first_user then
      v_after := c_first_user;  -- around again: the users up to the last one
    else
      exit;
    end if;
  end loop;
  return '{"state": "idle"}'::jsonb;
end
$$;

comment on function kinkster.claim_next_turn(text, uuid, boolean) is
  'Claims the next turn that waits, as claim_turn does, beginning with the users after p_after_user_id (null: with any); {"state": "idle"} when none waits.';

revoke execute on function kinkster.claim_next_turn(text, uuid, boolean) from public, anon, authenticated, service_role;
grant execute on function kinkster.claim_next_turn(text, uuid, boolean) to kinkster_worker;

-- from supabase/schemas/kinkster/take_turn.sql
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

-- from supabase/schemas/kinkster/begin_turn.sql
-- The HTTP door's one call before it asks a provider: stores the message as the user, under row security, and claims the
-- turn as the worker, in one transaction and one round trip. Not security definer: it becomes the user and comes back.
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
  v_user_id uuid := (p_claims ->> 'sub')::uuid;
  v_endpoint text;
  v_sent jsonb;
begin
  perform pg_catalog.set_config('request.jwt.claims', p_claims::text, true);
  perform pg_catalog.set_config('role', 'authenticated', true);

  v_sent := kinkster.store_message(p_kinkster_id, p_message, p_conversation_id, p_request_id);
  v_endpoint := kinkster.endpoint((select k.provider from public.kinksters as k where k.id = p_kinkster_id));

  perform pg_catalog.set_config('role', v_worker_role, true);
  perform pg_catalog.set_config('request.jwt.claims', '', true);

  -- Raising takes the message back: nothing is stored for a wrong route.
  if p_endpoint not in ('/api/chat', v_endpoint) then
    raise sqlstate 'PT409' using
      message = pg_catalog.format('This kinkster is not answered at %s.', p_endpoint),
      hint = pg_catalog.format('Post to %s, or to /api/chat, which finds the route by itself.', v_endpoint);
  end if;
  return kinkster.take_turn(v_user_id, (v_sent ->> 'turn_id')::uuid, p_worker, p_stateless);
end
$$;

comment on function kinkster.begin_turn(jsonb, uuid, text, uuid, uuid, text, text, boolean) is
  'store_message as the user of verified claims, then claim_turn, in one call. p_endpoint is the path that was called. A request that was sent and settled before answers {"state": "settled", …}. Raises what both raise, PT409 for the wrong path and for a turn that is being answered.';

revoke execute on function kinkster.begin_turn(jsonb, uuid, text, uuid, uuid, text, text, boolean)
  from public, anon, authenticated, service_role;
grant execute on function kinkster.begin_turn(jsonb, uuid, text, uuid, uuid, text, text, boolean) to kinkster_worker;

-- from supabase/schemas/kinkster/checkpoint_turn.sql
-- Keeps what has streamed so far and renews the lease: what a worker does every few seconds while it answers. Until it has
-- any text, what an earlier attempt had streamed stays.
create or replace function kinkster.checkpoint_turn(p_user_id uuid, p_turn_id uuid, p_lease uuid, p_reply text)
  returns timestamptz
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
declare
  v_lease_expires_at timestamptz;
begin
  update public.kinkster_turns as t
  set
    reply = coalesce(nullif(p_reply, ''), t.reply),
    lease_expires_at = kinkster.now() + (select s.lease from kinkster.settings as s)
  where t.user_id = p_user_id and t.id = p_turn_id and t.lease = p_lease and t.status = 'streaming'
  returning t.lease_expires_at into v_lease_expires_at;
  if not found then
    raise sqlstate 'KW001' using message = 'This turn is no longer leased to this worker.';
  end if;
  return v_lease_expires_at;
end
$$;

comment on function kinkster.checkpoint_turn(uuid, uuid, uuid, text) is
  'Stores the reply so far and renews the lease; returns its new end. Raises KW001 when the lease is lost.';

revoke execute on function kinkster.checkpoint_turn(uuid, uuid, uuid, text) from public, anon, authenticated, service_role;
grant execute on function kinkster.checkpoint_turn(uuid, uuid, uuid, text) to kinkster_worker;

-- from supabase/schemas/kinkster/settle_turn.sql
-- The end of a turn, written once: by the worker that holds its lease.
create or replace function kinkster.settle_turn(p_user_id uuid, p_turn_id uuid, p_lease uuid, p_outcome jsonb)
  returns jsonb
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
declare
  c_keys constant text[] := array[
    'status', 'reply', 'api', 'response_id', 'model', 'first_text_ms', 'input_tokens', 'cached_tokens',
    'output_tokens', 'reasoning_tokens', 'error_code', 'error_message', 'error_hint', 'retry_after_seconds'
  ];
  v_now timestamptz := kinkster.now();
  v_turn public.kinkster_turns;
begin
  if pg_catalog.jsonb_typeof(p_outcome) is distinct from 'object' then
    raise sqlstate 'PT400' using
      message = 'An outcome is a JSON object.',
      hint = pg_catalog.format('Use %s.', pg_catalog.array_to_string(c_keys, ', '));
  end if;
  if p_outcome - c_keys <> '{}' then
    raise sqlstate 'PT400' using
      message = pg_catalog.format('These are no keys of an outcome: %s.', p_outcome - c_keys),
      hint = pg_catalog.format('Use %s.', pg_catalog.array_to_string(c_keys, ', '));
  end if;
  if (p_outcome ->> 'status') is null or p_outcome ->> 'status' not in ('completed', 'failed', 'cancelled') then
    raise sqlstate 'PT400' using
      message = 'An outcome needs a status.',
      hint = 'Use completed, failed or cancelled.';
  end if;

  update public.kinkster_turns as t
  set
    status = p_outcome ->> 'status',
    reply = coalesce(
      case p_outcome ->> 'status' when 'completed' then p_outcome ->> 'reply' else nullif(p_outcome ->> 'reply', '') end,
      t.reply
    ),
    api = p_outcome ->> 'api',
    response_id = p_outcome ->> 'response_id',
    model = coalesce(p_outcome ->> 'model', t.model),
    first_text_ms = (p_outcome ->> 'first_text_ms')::integer,
    input_tokens = (p_outcome ->> 'input_tokens')::bigint,
    cached_tokens = (p_outcome ->> 'cached_tokens')::bigint,
    output_tokens = (p_outcome ->> 'output_tokens')::bigint,
    reasoning_tokens = (p_outcome ->> 'reasoning_tokens')::bigint,
    error_code = p_outcome ->> 'error_code',
    error_message = p_outcome ->> 'error_message',
    error_hint = p_outcome ->> 'error_hint',
    next_attempt_at = v_now + pg_catalog.make_interval(secs => (p_outcome ->> 'retry_after_seconds')::double precision),
    finished_at = v_now
  where t.user_id = p_user_id and t.id = p_turn_id and t.lease = p_lease and t.status = 'streaming'
  returning t.* into v_turn;
  if not found then
    -- The answer to the first call may have been lost on the way: saying the same thing again is no mistake.
    perform
    from public.kinkster_turns as t
    where t.user_id = p_user_id and t.id = p_turn_id and t.lease = p_lease and t.status = p_outcome ->> 'status';
    if not found then
      raise sqlstate 'KW001' using message = 'This turn is no longer leased to this worker.';
    end if;
    return pg_catalog.jsonb_build_object('success', true, 'turn_id', p_turn_id, 'status', p_outcome ->> 'status');
  end if;

  -- For clients that read it: the owner's last reply. A system character's row is nobody's to change.
  if v_turn.status = 'completed' and v_turn.provider = 'openai_responses' then
    begin
      update public.kinksters as k
      set openai_previous_response_id = v_turn.response_id
      from public.kinkster_conversations as c
      where c.user_id = p_user_id
        and c.id = v_turn.conversation_id
        and k.id = c.kinkster_id
        and k.user_id = p_user_id
        and k.provider = 'openai_responses'
        and not k.is_system_kinkster;
    exception when check_violation then
      -- A row from before a rule that it breaks can't be written. The reply matters more than this copy of its id.
      null;
    end;
  end if;
  return pg_catalog.jsonb_build_object('success', true, 'turn_id', v_turn.id, 'status', v_turn.status);
end
$$;

comment on function kinkster.settle_turn(uuid, uuid, uuid, jsonb) is
  'Ends a leased turn as completed, failed or cancelled, with its reply, tokens and error; the same call again changes nothing. Raises KW001 when the lease is lost, PT400 for an unknown key or status.';

revoke execute on function kinkster.settle_turn(uuid, uuid, uuid, jsonb) from public, anon, authenticated, service_role;
grant execute on function kinkster.settle_turn(uuid, uuid, uuid, jsonb) to kinkster_worker;

-- squawk-ignore ban-drop-function
drop function kinkster.settled_turn(public.kinkster_turns);
