-- Never wait long for a lock: better to fail here, with nothing changed, and be run again.
set local lock_timeout = '400ms';

-- from supabase/schemas/kinkster/visible_conversation.sql
-- Row security decides which conversations a caller sees; this turns "none" into the one answer for unknown and foreign ids.
create or replace function kinkster.visible_conversation(p_conversation_id uuid)
  returns public.kinkster_conversations
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  v_user_id uuid := auth.uid();
  v_conversation public.kinkster_conversations;
begin
  select c.* into v_conversation
  from public.kinkster_conversations as c
  where c.user_id = v_user_id and c.id = p_conversation_id;
  if not found then
    raise sqlstate 'PT404' using
      message = 'There is no conversation with this id that you can see.',
      hint = 'Use the conversation_id that send_kinkster_message returned.';
  end if;
  return v_conversation;
end
$$;

comment on function kinkster.visible_conversation(uuid) is
  'The caller''s conversation with this id. Raises PT404, the same for an unknown one and somebody else''s.';

revoke execute on function kinkster.visible_conversation(uuid) from public, anon, authenticated, service_role;
grant execute on function kinkster.visible_conversation(uuid) to authenticated;

-- from supabase/schemas/kinkster/visible_turn.sql
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

-- from supabase/schemas/kinkster/stop_turns.sql
-- Ends turns of a user that wait or stream, all or some. Whoever answers them is told at once, and finds out by itself
-- before any more text is sent. Security definer: nobody may write a status; no role may call it but through others.
create or replace function kinkster.stop_turns(
  p_user_id uuid,
  p_code text,
  p_conversation_id uuid default null,
  p_turn_id uuid default null
)
  returns integer
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
declare
  v_turn record;
  v_stopped integer := 0;
begin
  for v_turn in
    update public.kinkster_turns as t
    set
      status = 'cancelled',
      finished_at = kinkster.now(),
      next_attempt_at = null,
      safeword_seen = (p_code = 'safeword'),
      error_code = p_code,
      error_message = case
        when p_code = 'safeword' then 'You said your safeword, so this reply stopped.'
        when p_code = 'paused' then 'You paused your chats, so this reply stopped.'
        else 'You cancelled this reply.'
      end,
      error_hint = case
        when p_code = 'safeword' then 'Take your time. Call resume_kinkster_conversation when you want to go on.'
        when p_code = 'paused' then 'Set submission_state in your profile to active when you want to go on.'
        else 'Send the message again to have one.'
      end
    from kinkster.turns_in_flight as f
    where f.user_id = p_user_id
      and f.conversation_id = coalesce(p_conversation_id, f.conversation_id)
      and f.turn_id = coalesce(p_turn_id, f.turn_id)
      and t.user_id = f.user_id
      and t.id = f.turn_id
      and t.status in ('queued', 'streaming')
    returning t.id, t.conversation_id
  loop
    v_stopped := v_stopped + 1;
    delete from kinkster.turns_in_flight as f
    where f.user_id = p_user_id and f.conversation_id = v_turn.conversation_id;
    perform pg_catalog.pg_notify('kinkster_changed', v_turn.id::text);
  end loop;
  return v_stopped;
end
$$;

comment on function kinkster.stop_turns(uuid, text, uuid, uuid) is
  'Cancels the turns of a user that wait or stream: all, those of a conversation, or one; how many. p_code is cancelled, safeword or paused.';

revoke execute on function kinkster.stop_turns(uuid, text, uuid, uuid) from public, anon, authenticated, service_role;

-- from supabase/schemas/kinkster/check_in.sql
-- What a safeword does, whole or not at all: the running reply stops, the conversation is paused, and the answer is ours,
-- the same each time; no model is asked. Security definer: no client may write a reply; no role may call it but through others.
create or replace function kinkster.check_in(
  p_user_id uuid,
  p_conversation_id uuid,
  p_turn_id uuid,
  p_message text
)
  returns public.kinkster_turns
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
declare
  c_reply constant text := 'You said your safeword, so everything stops here. Thank you for saying it: you did nothing '
    'wrong. How are you? Take a breath, some water, whatever is good for you now. Nothing goes on until you want it to: '
    'this conversation is paused, and you can resume it later, or never. If you feel unsafe, please talk to somebody you '
    'trust, or call your local emergency number.';
  v_now timestamptz := kinkster.now();
  v_head_turn_id uuid;
  v_turn public.kinkster_turns;
begin
  select c.head_turn_id into v_head_turn_id
  from public.kinkster_conversations as c
  where c.user_id = p_user_id and c.id = p_conversation_id
  for no key update;
  perform kinkster.stop_turns(p_user_id, 'safeword', p_conversation_id);
  perform kinkster.take_back_turns(p_user_id, p_conversation_id, p_turn_id, true);

  insert into public.kinkster_turns as t (
    user_id, id, conversation_id, parent_turn_id, message, status, reply, safeword_seen, started_at, finished_at
  )
  values (
    p_user_id, p_turn_id, p_conversation_id, nullif(v_head_turn_id, p_turn_id), p_message, 'completed', c_reply, true, v_now, v_now
  )
  on conflict (user_id, id) do update
  set
    status = 'completed',
    reply = c_reply,
    safeword_seen = true,
    finished_at = v_now,
    error_code = null,
    error_message = null,
    error_hint = null
  returning t.* into v_turn;

  update public.kinkster_conversations as c
  set
    head_turn_id = p_turn_id,
    state = case when c.state = 'active' then 'paused' else c.state end,
    updated_at = v_now
  where c.user_id = p_user_id and c.id = p_conversation_id;
  return v_turn;
end
$$;

comment on function kinkster.check_in(uuid, uuid, uuid, text) is
  'Answers a safeword: cancels what runs in the conversation, pauses it, and stores the message with a fixed reply as a completed turn, which is returned.';

revoke execute on function kinkster.check_in(uuid, uuid, uuid, text) from public, anon, authenticated, service_role;

-- from supabase/schemas/kinkster/heed_safeword.sql
-- The way of a user's message to check_in. Security definer, as that is; it takes no user id, looks for the safeword
-- itself, and so can do nothing but stop the caller's own conversation.
create or replace function kinkster.heed_safeword(p_conversation_id uuid, p_turn_id uuid, p_message text)
  returns boolean
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
declare
  v_user_id uuid := (select auth.uid());
begin
  if not kinkster.has_safeword(p_message, (select p.safewords from public.profiles as p where p.id = v_user_id)) then
    return false;
  end if;
  perform from public.kinkster_conversations as c where c.user_id = v_user_id and c.id = p_conversation_id;
  if not found then
    return false;
  end if;
  perform from public.kinkster_turns as t where t.user_id = v_user_id and t.id = p_turn_id;
  if found then
    return false;
  end if;
  -- A message that is too long to be stored is heeded all the same.
  perform kinkster.check_in(v_user_id, p_conversation_id, p_turn_id, pg_catalog.left(p_message, 32000));
  return true;
end
$$;

comment on function kinkster.heed_safeword(uuid, uuid, text) is
  'check_in for a new message of the caller''s that holds one of their safewords; false, and nothing done, for any other.';

revoke execute on function kinkster.heed_safeword(uuid, uuid, text) from public, anon, authenticated, service_role;
grant execute on function kinkster.heed_safeword(uuid, uuid, text) to authenticated;

-- from supabase/schemas/kinkster/store_safeword.sql
-- Stops what the user wants stopped. A slip in the request must not stand in the way: with a conversation that is none of
-- theirs it goes to the one with this kinkster that is being answered, or the latest; with an id that another message has,
-- it gets its own.
create or replace function kinkster.store_safeword(
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
  v_sent public.kinkster_turns;
  v_conversation_id uuid;
begin
  select c.id into v_conversation_id
  from public.kinkster_conversations as c
  where c.user_id = v_user_id
    and (c.id = p_conversation_id or (c.kinkster_id = p_kinkster_id and c.state <> 'ended'))
  order by
    c.id is not distinct from p_conversation_id desc,
    exists (
      select
      from kinkster.turns_in_flight as f
      where f.user_id = v_user_id and f.conversation_id = c.id
    ) desc,
    c.updated_at desc
  limit 1
  for no key update;
  if not found then
    v_conversation_id := (kinkster.open_conversation(v_user_id, p_kinkster_id, null)).id;
  end if;

  select t.* into v_sent
  from public.kinkster_turns as t
  where t.user_id = v_user_id and t.id = v_turn_id;
  if v_sent.safeword_seen and v_sent.status = 'completed' and v_sent.message = pg_catalog.left(p_message, 32000) then
    v_conversation_id := v_sent.conversation_id;  -- sent again
  else
    if v_sent.id is not null then
      v_turn_id := pg_catalog.gen_random_uuid();
    end if;
    if not kinkster.heed_safeword(v_conversation_id, v_turn_id, p_message) then
      return null;
    end if;
  end if;
  return pg_catalog.jsonb_build_object(
    'success', true,
    'created', v_sent.id is distinct from v_turn_id,
    'turn_id', v_turn_id,
    'conversation_id', v_conversation_id,
    'status', 'completed',
    'safeword_seen', true
  );
end
$$;

comment on function kinkster.store_safeword(uuid, text, uuid, uuid) is
  'store_message for a message with one of the caller''s safewords: stops and pauses the conversation, and answers. Sent again under the same id it changes nothing. Null when it is no safeword any more. Raises PT404 when there is nothing to stop and the kinkster cannot be seen.';

revoke execute on function kinkster.store_safeword(uuid, text, uuid, uuid) from public, anon, authenticated, service_role;
grant execute on function kinkster.store_safeword(uuid, text, uuid, uuid) to authenticated;

-- from supabase/schemas/public/rate_kinkster_reply.sql
-- A thumb up or down for a reply, and what there is to say of it. It is the last one that counts.
create or replace function public.rate_kinkster_reply(
  p_turn_id uuid,
  p_rating integer,
  p_note text default null
)
  returns jsonb
  language plpgsql
  volatile
  security invoker
  set search_path = ''
as $$
declare
  v_turn public.kinkster_turns := kinkster.visible_turn(p_turn_id);
  v_note text := case when not kinkster.is_blank(p_note) then p_note end;
begin
  if p_rating not in (1, -1) then
    raise sqlstate 'PT422' using
      message = pg_catalog.format('%s is not a rating.', p_rating),
      hint = 'Use 1 for a good reply, -1 for a bad one, or null to take a rating back.';
  end if;
  if p_rating is null and v_note is not null then
    raise sqlstate 'PT422' using
      message = 'A note goes with a rating.',
      hint = 'Give 1 or -1 with it, or leave it out to take a rating back.';
  end if;
  if pg_catalog.char_length(v_note) > 2000 then
    raise sqlstate 'PT422' using
      message = pg_catalog.format('The note has %s characters; at most 2,000 are kept.', pg_catalog.char_length(v_note)),
      hint = 'Shorten it.';
  end if;
  if v_turn.status <> 'completed' or v_turn.provider is null then
    raise sqlstate 'PT409' using
      message = 'This turn has no whole reply of a provider.',
      hint = 'Rate a turn whose status is completed; the answer to a safeword is nobody''s to rate.';
  end if;

  if p_rating is null then
    delete from public.kinkster_ratings as r
    where r.user_id = v_turn.user_id and r.turn_id = p_turn_id;
  else
    insert into public.kinkster_ratings as r (user_id, turn_id, rating, note)
    values (v_turn.user_id, p_turn_id, p_rating, v_note)
    on conflict (user_id, turn_id) do update
    set rating = excluded.rating, note = excluded.note, rated_at = excluded.rated_at;
  end if;
  return pg_catalog.jsonb_build_object('success', true, 'turn_id', p_turn_id, 'rating', p_rating, 'note', v_note);
end
$$;

comment on function public.rate_kinkster_reply(uuid, integer, text) is
  'Rates the reply of the caller''s turn: 1 or -1, with a note of at most 2,000 characters; again replaces both, and null takes them back. Returns the rating as it is then. Raises PT404 for a turn that the caller cannot see, PT409 for one without a whole reply of a provider, PT422 for another rating, a longer note, or a note without a rating.';

revoke execute on function public.rate_kinkster_reply(uuid, integer, text) from public, anon, authenticated, service_role;
grant execute on function public.rate_kinkster_reply(uuid, integer, text) to authenticated;

-- from supabase/schemas/kinkster/turn_history.sql
-- The transcript of one branch as a provider reads it: from a turn back to the first, within the operator's bounds.
create or replace function kinkster.turn_history(p_user_id uuid, p_turn_id uuid)
  returns jsonb
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
begin
  return (
    with recursive bounds as (
      select s.context_turns, s.context_characters from kinkster.settings as s
    ),

    branch as (
      select t.parent_turn_id, t.message, t.reply, 1 as distance
      from public.kinkster_turns as t
      where t.user_id = p_user_id and t.id = p_turn_id
      union all
      select t.parent_turn_id, t.message, t.reply, b.distance + 1
      from branch as b
      join public.kinkster_turns as t on t.user_id = p_user_id and t.id = b.parent_turn_id
      where b.distance < (select bounds.context_turns from bounds)
    ),

    measured as (
      select
        b.message,
        b.reply,
        b.distance,
        sum(char_length(b.message) + char_length(b.reply)) over (order by b.distance) as characters
      from branch as b
    )

    select coalesce(
      jsonb_agg(jsonb_build_object('role', said.role, 'content', said.content) order by m.distance desc, said.position),
      '[]'
    )
    from measured as m
    cross join lateral (
      values (1, 'user', m.message), (2, 'assistant', m.reply)
    ) as said (position, role, content)
    where said.content <> ''
      and (m.distance = 1 or m.characters <= (select bounds.context_characters from bounds))
  );
end
$$;

comment on function kinkster.turn_history(uuid, uuid) is
  'Messages of a branch up to and including a turn, oldest first, as [{"role", "content"}]: at most context_turns turns and context_characters characters of kinkster.settings, the nearest first.';

revoke execute on function kinkster.turn_history(uuid, uuid) from public, anon, authenticated, service_role;

-- from supabase/schemas/kinkster/note_provider.sql
-- What the end of an attempt says about its provider. Writes nothing while all is well, so that turns do not queue for a
-- row. A user can make a provider fail for themselves, with a broken chatflow of their own; so, unless it can't be reached
-- at all, only failures of different users in turn say that it is down.
create or replace function kinkster.note_provider(p_provider text, p_user_id uuid, p_error_code text)
  returns void
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
declare
  c_down constant text[] := array[
    'provider_unreachable', 'provider_unavailable', 'provider_timeout', 'provider_misbehaved'
  ];
  c_failures constant integer := 5;
  c_open constant interval := interval '30 seconds';
begin
  if p_error_code = any(c_down) then
    update kinkster.breakers as b
    set
      failures = b.failures + 1,
      failed_user_id = p_user_id,
      open_until = case when b.failures + 1 >= c_failures then kinkster.now() + c_open end
    where b.provider = p_provider
      and (b.failed_user_id is distinct from p_user_id or p_error_code = 'provider_unreachable' or b.open_until is not null);
  elsif p_error_code is null and exists (
    select from kinkster.breakers as b where b.provider = p_provider and (b.failures > 0 or b.open_until is not null)
  ) then
    update kinkster.breakers as b
    set failures = 0, open_until = null, failed_user_id = null
    where b.provider = p_provider;
  end if;
end
$$;

comment on function kinkster.note_provider(text, uuid, text) is
  'Counts a failure of a provider that a user''s turn met (five in a row open its breaker for 30 seconds), or closes it after a whole reply (null). Other codes say nothing about the provider.';

revoke execute on function kinkster.note_provider(text, uuid, text) from public, anon, authenticated, service_role;

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
  c_look_again constant interval := interval '5 seconds';
  c_longest_wait constant interval := interval '10 minutes';
  v_now timestamptz := kinkster.now();
  v_settings kinkster.settings;
  v_turn public.kinkster_turns;
  v_parent public.kinkster_turns;
  v_kinkster public.kinksters;
  v_chat record;
  v_obstacle record;
  v_failure text[];
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

  select s.* into v_settings from kinkster.settings as s;
  select
    c.kinkster_id, c.state, c.rollout_id, p.submission_state::text as user_state, p.hard_limits, p.soft_limits, p.safewords
  into v_chat
  from public.kinkster_conversations as c
  join public.profiles as p on p.id = c.user_id
  where c.user_id = p_user_id and c.id = v_turn.conversation_id;
  select k.* into v_kinkster
  from public.kinksters as k
  where k.id = v_chat.kinkster_id and (k.user_id = p_user_id or k.is_system_kinkster);

  -- A turn can be inserted without store_message; no model is asked about a safeword either way.
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
  elsif v_turn.attempts >= v_settings.max_attempts then
    v_failure := array['worker_lost', 'The reply was interrupted several times and did not finish.', 'Send the message again.'];
  elsif v_kinkster.id is null or v_chat.state <> 'active' or v_obstacle.reason is not null then
    v_failure := array[
      'not_chattable',
      coalesce(v_obstacle.reason, 'This conversation could not go on.'),
      coalesce(v_obstacle.hint, 'Check that the conversation is active and the kinkster still yours.')
    ];
  else
    v_own_provider := kinkster.conversation_provider(v_kinkster, p_user_id, v_turn.conversation_id, v_chat.rollout_id);
    v_provider := v_own_provider;
    v_wait_until := kinkster.pass_breaker(v_provider);
    if v_wait_until is not null and v_settings.reroute_while_down and (
      v_provider = 'flowise'
      or coalesce(nullif(v_kinkster.flowise_chatflow_id, ''), v_settings.default_flowise_chatflow_id) is not null
    ) then
      v_provider := case v_provider when 'flowise' then 'openai_responses' else 'flowise' end;
      v_wait_until := kinkster.pass_breaker(v_provider);
    end if;
    if v_wait_until is not null and v_now - coalesce(v_turn.asked_again_at, v_turn.created_at) > c_longest_wait then
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
    where t.user_id = p_user_id and t.id = p_turn_id
    returning t.* into v_turn;
    delete from kinkster.turns_in_flight as f
    where f.user_id = p_user_id and f.conversation_id = v_turn.conversation_id;
    return kinkster.turn_in_state(v_turn, 'settled');
  end if;
  if v_wait_until is not null then
    v_wait_until := least(v_wait_until, v_now + c_look_again) + pg_catalog.random() * interval '2 seconds';
    update public.kinkster_turns as t
    set
      status = 'queued',
      -- The breaker may close before its time: when the turn that tries the provider is answered.
      next_attempt_at = v_wait_until,
      error_code = 'provider_unavailable',
      error_message = 'The provider is having trouble.',
      error_hint = 'The message is sent by itself once the provider is back.'
    where t.user_id = p_user_id and t.id = p_turn_id
    returning t.* into v_turn;
    return kinkster.turn_in_state(v_turn, 'waiting');
  end if;

  v_limits := kinkster.limits_block(v_chat.hard_limits, v_kinkster.hard_limits);
  v_limits_sha256 := kinkster.sha256_of(v_limits);
  v_instructions := kinkster.compose_prompt(v_kinkster, v_limits, v_chat.soft_limits);

  -- A provider's memory goes on only from a whole reply of its own, given under the same limits, with no change of
  -- provider since, and, for Flowise, in a session that nothing else has gone on with.
  select t.* into v_parent
  from public.kinkster_turns as t
  where t.user_id = p_user_id and t.id = v_turn.parent_turn_id;
  v_chained := coalesce(
    v_parent.status = 'completed'
    and v_parent.provider = v_provider
    and v_parent.limits_sha256 = v_limits_sha256
    and coalesce(v_kinkster.provider_changed_at <= v_parent.started_at, true)
    and case v_provider
      when 'openai_responses' then v_parent.api = 'responses' and v_parent.response_id is not null and not p_stateless
      else v_parent.session_id is not null and not v_parent.session_taken
    end,
    false
  );
  if v_chained and v_provider = 'flowise' then
    update public.kinkster_turns as t
    set session_taken = true
    where t.user_id = p_user_id and t.id = v_parent.id;
  end if;

  if v_provider = 'openai_responses' then
    v_chosen := coalesce(v_kinkster.openai_model, v_settings.default_openai_model);
    v_model := kinkster.model_in_force(v_chosen, v_now);
  else
    v_session_id := case when v_chained then v_parent.session_id else pg_catalog.gen_random_uuid() end;
  end if;

  update public.kinkster_turns as t
  set
    status = 'streaming',
    provider = v_provider,
    rerouted_from = nullif(v_own_provider, v_provider),
    model = v_model,
    replaced_model = nullif(v_chosen, v_model),
    session_id = v_session_id,
    session_follows_turn_id = case when v_provider = 'flowise' then
      case when v_chained then v_parent.session_follows_turn_id else v_parent.id end
    end,
    session_taken = false,
    continuity = case when v_chained then 'chained' when v_parent.id is null then 'new' else 'rebuilt' end,
    rebuilt_because = case
      when v_chained or v_parent.id is null then null
      when v_parent.status <> 'completed' or v_parent.provider is null then 'unfinished'
      when v_parent.provider <> v_provider or v_kinkster.provider_changed_at > v_parent.started_at then 'provider_changed'
      when v_parent.limits_sha256 is distinct from v_limits_sha256 then 'limits_changed'
      when v_provider = 'flowise' then 'branched'
      else 'stateless'
    end,
    prompt_sha256 = kinkster.sha256_of(v_instructions),
    limits_sha256 = v_limits_sha256,
    limits = pg_catalog.jsonb_build_object(
      'platform', v_settings.platform_hard_limits,
      'user', coalesce(v_chat.hard_limits, '{}'),
      'kinkster', coalesce(v_kinkster.hard_limits, '{}')
    ),
    attempts = t.attempts + 1,
    worker = p_worker,
    lease = v_lease,
    lease_expires_at = v_now + v_settings.lease,
    next_attempt_at = null,
    reply_is_stale = (t.reply <> ''),
    started_at = v_now,
    error_code = null,
    error_message = null,
    error_hint = null
  where t.user_id = p_user_id and t.id = p_turn_id
  returning t.* into v_turn;

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
        when not v_chained then kinkster.turn_history(p_user_id, v_parent.id)
        when v_turn.session_follows_turn_id is not null then
          kinkster.turn_history(p_user_id, v_turn.session_follows_turn_id)
      end,
      'chatflow_id', case when v_turn.provider = 'flowise' then
        coalesce(nullif(v_kinkster.flowise_chatflow_id, ''), v_settings.default_flowise_chatflow_id)
      end,
      'session_id', v_turn.session_id,
      'safety_identifier', kinkster.sha256_of(p_user_id::text)
    )
  );
end
$$;

comment on function kinkster.claim_turn(uuid, uuid, text, boolean) is
  'Claims a queued turn, or one whose lease has run out, for a worker: {"state": "claimed", "plan": …}. A turn that can no longer be chatted, was claimed max_attempts times, or whose text had reached a client before its worker was lost, is settled as failed, and one with a safeword as answered: {"state": "settled", …}. While the provider''s breaker is open it goes to the other one, where settings allow, or waits: {"state": "waiting", …}. A model past its end is replaced by the one that the registry names. p_stateless: the server keeps no responses, so the transcript is given. Raises KW001 when the turn is not waiting, or not yet due.';

revoke execute on function kinkster.claim_turn(uuid, uuid, text, boolean) from public, anon, authenticated, service_role;
grant execute on function kinkster.claim_turn(uuid, uuid, text, boolean) to kinkster_worker;

-- from supabase/schemas/kinkster/show_response_id.sql
-- For clients that read it: the owner's last reply. A system character's row is nobody's to change.
create or replace function kinkster.show_response_id(p_user_id uuid, p_conversation_id uuid, p_response_id text)
  returns void
  language plpgsql
  volatile
  security invoker
  set search_path = ''
as $$
begin
  update public.kinksters as k
  set openai_previous_response_id = p_response_id
  from public.kinkster_conversations as c
  where c.user_id = p_user_id
    and c.id = p_conversation_id
    and k.id = c.kinkster_id
    and k.user_id = p_user_id
    and k.provider = 'openai_responses'
    and not k.is_system_kinkster;
exception when check_violation then
  -- A row from before a rule that it breaks can't be written. The reply matters more than this copy of its id.
  null;
end
$$;

comment on function kinkster.show_response_id(uuid, uuid, text) is
  'Notes the provider''s id of a reply in the character, when that is the user''s own.';

revoke execute on function kinkster.show_response_id(uuid, uuid, text) from public, anon, authenticated, service_role;

-- from supabase/schemas/kinkster/settle_turn.sql
-- The end of a turn, or of an attempt at it, written once: by the worker that holds its lease. Here is decided whether a
-- failed attempt is repeated: never once a client has been sent text of it.
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
    'cache_write_tokens', 'output_tokens', 'reasoning_tokens', 'error_code', 'error_message', 'error_hint', 'retry_after_seconds',
    'shown'
  ];
  v_now timestamptz := kinkster.now();
  v_status text := p_outcome ->> 'status';
  v_code text := p_outcome ->> 'error_code';
  v_retry_after double precision := (p_outcome ->> 'retry_after_seconds')::double precision;
  v_delay interval;
  v_cost numeric;
  v_attempt jsonb;
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
  if v_status is null or v_status not in ('completed', 'failed', 'cancelled') then
    raise sqlstate 'PT400' using
      message = 'An outcome needs a status.',
      hint = 'Use completed, failed or cancelled.';
  end if;

  select t.* into v_turn
  from public.kinkster_turns as t
  where t.user_id = p_user_id and t.id = p_turn_id and t.lease = p_lease
  for no key update;
  if p_outcome ->> 'input_tokens' is not null then
    v_cost := kinkster.cost_of(
      coalesce(p_outcome ->> 'model', v_turn.model),
      v_now,
      (p_outcome ->> 'input_tokens')::bigint,
      (p_outcome ->> 'cached_tokens')::bigint,
      (p_outcome ->> 'cache_write_tokens')::bigint,
      (p_outcome ->> 'output_tokens')::bigint
    );
  end if;
  v_attempt := pg_catalog.jsonb_build_object(
    'model', case when coalesce(v_turn.model, p_outcome ->> 'model') is not null then
      (kinkster.find_model(coalesce(v_turn.model, p_outcome ->> 'model'))).model
    end,
    'cost_usd', v_cost
  );

  if v_turn.status = 'cancelled' then
    -- Cancelled while it streamed: what had arrived until then is kept. After a safeword or a pause nothing is added.
    if v_turn.error_code = 'cancelled' and p_outcome ->> 'reply' <> ''
      and (v_turn.reply_is_stale or pg_catalog.starts_with(p_outcome ->> 'reply', v_turn.reply)) then
      update public.kinkster_turns as t
      set reply = p_outcome ->> 'reply', reply_is_stale = false
      where t.user_id = p_user_id and t.id = p_turn_id
      returning t.* into v_turn;
    end if;
    return kinkster.settled_as_json(v_turn) || v_attempt;
  end if;
  if v_turn.status is distinct from 'streaming' then
    -- The answer to the first call may have been lost on the way: saying the same thing again is no mistake.
    if v_turn.error_code is not distinct from v_code
      and (v_turn.status = v_status or (v_turn.status = 'queued' and v_status = 'failed')) then
      return kinkster.settled_as_json(v_turn) || v_attempt;
    end if;
    raise sqlstate 'KW001' using message = 'This turn is no longer leased to this worker.';
  end if;

  if v_status = 'failed' and not v_turn.is_shown and not coalesce((p_outcome ->> 'shown')::boolean, false) then
    if v_code = 'worker_stopped' then
      v_delay := '0';
      v_turn.attempts := v_turn.attempts - 1;  -- handed back by a worker that had to go: nobody's failure
    elsif v_turn.attempts < (select s.max_attempts from kinkster.settings as s) then
      v_delay := kinkster.retry_delay(v_code, v_turn.attempts, v_retry_after);
    end if;
  end if;
  update public.kinkster_turns as t
  set
    status = case when v_delay is null then v_status else 'queued' end,
    attempts = v_turn.attempts,
    is_shown = t.is_shown or coalesce((p_outcome ->> 'shown')::boolean, false),
    reply = coalesce(
      case when v_status = 'completed' then p_outcome ->> 'reply' else nullif(p_outcome ->> 'reply', '') end,
      t.reply
    ),
    reply_is_stale = v_delay is not null,
    api = p_outcome ->> 'api',
    response_id = p_outcome ->> 'response_id',
    model = coalesce(p_outcome ->> 'model', t.model),
    first_text_ms = (p_outcome ->> 'first_text_ms')::integer,
    input_tokens = (p_outcome ->> 'input_tokens')::bigint,
    cached_tokens = (p_outcome ->> 'cached_tokens')::bigint,
    output_tokens = (p_outcome ->> 'output_tokens')::bigint,
    reasoning_tokens = (p_outcome ->> 'reasoning_tokens')::bigint,
    cache_write_tokens = (p_outcome ->> 'cache_write_tokens')::bigint,
    -- Earlier attempts count too. One that failed without a word of tokens leaves what is known of the others.
    cost_usd = case
      when v_cost is not null then coalesce(t.cost_usd, 0) + v_cost
      when v_status <> 'completed' and p_outcome ->> 'input_tokens' is null then t.cost_usd
    end,
    error_code = v_code,
    error_message = p_outcome ->> 'error_message',
    error_hint = p_outcome ->> 'error_hint',
    next_attempt_at = v_now + coalesce(v_delay, pg_catalog.make_interval(secs => v_retry_after)),
    finished_at = case when v_delay is null then v_now end
  where t.user_id = p_user_id and t.id = p_turn_id
  returning t.* into v_turn;
  if v_delay is null then
    delete from kinkster.turns_in_flight as f
    where f.user_id = p_user_id and f.conversation_id = v_turn.conversation_id;
  elsif v_delay = '0' then
    perform pg_catalog.pg_notify('kinkster_turns', '');
  end if;
  if v_status = 'completed' or (v_status = 'failed' and v_turn.first_text_ms is null) then
    perform kinkster.note_provider(v_turn.provider, p_user_id, v_code);
  end if;

  if v_turn.status = 'completed' and v_turn.provider = 'openai_responses' then
    perform kinkster.show_response_id(p_user_id, v_turn.conversation_id, v_turn.response_id);
  end if;
  return kinkster.settled_as_json(v_turn) || v_attempt;
end
$$;

comment on function kinkster.settle_turn(uuid, uuid, uuid, jsonb) is
  'Ends a leased turn as completed, failed or cancelled, with its reply, tokens, what they cost, and error; the same call again changes nothing. What may pass and was not shown to anybody ("shown") waits as queued for its next attempt instead of failing. Of a turn that was cancelled meanwhile the text is kept. Returns turn_id, status, retry_in_seconds and error as they are then, and of this attempt cost_usd and model: the registry''s name of the one that was asked; null when it is not known. Raises KW001 when the lease is lost, PT400 for an unknown key or status.';

revoke execute on function kinkster.settle_turn(uuid, uuid, uuid, jsonb) from public, anon, authenticated, service_role;
grant execute on function kinkster.settle_turn(uuid, uuid, uuid, jsonb) to kinkster_worker;

-- from supabase/schemas/public/kinksters.sql (sha256 58dda1dbf0d0f1a3061eb283115c6738d4abab4f1f31d6799d666da3bfea1870)
alter table public.kinksters set (fillfactor = 85);
