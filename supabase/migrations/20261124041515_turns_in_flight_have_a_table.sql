-- Never wait long for a lock: better to fail here, with nothing changed, and be run again.
set local lock_timeout = '400ms';

-- from supabase/schemas/public/kinkster_conversations.sql (sha256 fa7d6f177363af006577e2f2ebc601eecf0342fccb93b96bedf576e22bf68c07)
-- squawk-ignore require-concurrent-index-deletion
drop index public.kinkster_conversations_head_idx;
alter table public.kinkster_conversations set (fillfactor = 90);

-- from supabase/schemas/kinkster/turns_in_flight.sql (sha256 4513b0668fcfc56b5699e88b6e11891f9118b36e87ef9b6fd66969160f200c35)
-- The turns that wait or are being answered: the workers' queue, and, by its key, the rule that a conversation has one at
-- most. They stand apart so that no index of kinkster_turns depends on a turn's status: a turn is written several times,
-- and each time but the first its row alone, no index.
create table kinkster.turns_in_flight (
  user_id uuid not null,
  conversation_id uuid not null,
  turn_id uuid not null,
  constraint one_turn_of_a_conversation_is_in_flight primary key (user_id, conversation_id) include (turn_id),
  constraint turn_in_flight_is_a_turn_of_the_conversation foreign key (user_id, conversation_id, turn_id)
    references public.kinkster_turns (user_id, conversation_id, id) on delete cascade deferrable initially deferred
);

comment on table kinkster.turns_in_flight is
  'One row for each turn that is queued or streaming. Whoever changes such a status changes this with it, after the turn.';
comment on column kinkster.turns_in_flight.user_id is 'Whose turn it is.';
comment on column kinkster.turns_in_flight.conversation_id is 'Its conversation.';
comment on column kinkster.turns_in_flight.turn_id is 'The turn.';

alter table kinkster.turns_in_flight enable row level security;

create policy "Users see their own turns in flight" on kinkster.turns_in_flight
  for select to authenticated using (user_id = (select auth.uid()));

revoke all on kinkster.turns_in_flight from public, anon, authenticated, service_role;
grant select on kinkster.turns_in_flight to authenticated, service_role;

-- from supabase/schemas/public/kinkster_turns.sql (sha256 ae14475bb46b3be1b1f25c39d22901a59437dfeeca85f0f3ab054a86372b9e3a)
-- Nobody changes a turn while those in flight are counted. After this, only functions that know of the new table do.
do $$
begin
  lock table public.kinkster_turns in access exclusive mode;
  insert into kinkster.turns_in_flight (user_id, conversation_id, turn_id)
  select t.user_id, t.conversation_id, t.id from public.kinkster_turns as t where t.status in ('queued', 'streaming');
end
$$;
-- squawk-ignore require-concurrent-index-deletion
drop index public.one_turn_of_a_conversation_is_in_flight;
drop policy "Users say what they say themselves" on public.kinkster_turns;
revoke insert on public.kinkster_turns from authenticated, service_role;
revoke insert (user_id, id, conversation_id, parent_turn_id, message) on public.kinkster_turns from authenticated, service_role;
alter table public.kinkster_turns set (fillfactor = 90);

-- from supabase/schemas/kinkster/release_expired_turn.sql
-- A worker that died leaves its turn streaming, and where no worker looks for waiting turns one may wait for ever. Once the
-- lease is over, or nobody has taken it for 10 minutes, the owner's next message settles it as failed; what had streamed
-- is kept. Security definer: a client may not write a status itself.
create or replace function kinkster.release_expired_turn(p_conversation_id uuid)
  returns boolean
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
declare
  v_user_id uuid := (select auth.uid());
begin
  update public.kinkster_turns as t
  set
    status = 'failed',
    finished_at = kinkster.now(),
    error_code = 'worker_lost',
    error_message = 'The reply was interrupted and did not finish.',
    error_hint = 'Send the message again.'
  from kinkster.turns_in_flight as f
  where f.user_id = v_user_id
    and f.conversation_id = p_conversation_id
    and t.user_id = f.user_id
    and t.id = f.turn_id
    and (
      (t.status = 'streaming' and t.lease_expires_at <= kinkster.now())
      or (t.status = 'queued' and coalesce(t.next_attempt_at, t.created_at) <= kinkster.now() - interval '10 minutes')
    );
  delete from kinkster.turns_in_flight as f
  using public.kinkster_turns as t
  where f.user_id = v_user_id
    and f.conversation_id = p_conversation_id
    and t.user_id = f.user_id
    and t.id = f.turn_id
    and t.status not in ('queued', 'streaming');
  return found;
end
$$;

comment on function kinkster.release_expired_turn(uuid) is
  'Settles as failed the turn of the caller''s conversation whose lease has run out, or that nobody has taken for 10 minutes; true when there was one.';

revoke execute on function kinkster.release_expired_turn(uuid) from public, anon, authenticated, service_role;
grant execute on function kinkster.release_expired_turn(uuid) to authenticated;

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
      error_message = case p_code
        when 'safeword' then 'You said your safeword, so this reply stopped.'
        when 'paused' then 'You paused your chats, so this reply stopped.'
        else 'You cancelled this reply.'
      end,
      error_hint = case p_code
        when 'safeword' then 'Take your time. Call resume_kinkster_conversation when you want to go on.'
        when 'paused' then 'Set submission_state in your profile to active when you want to go on.'
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
      where f.user_id = c.user_id and f.conversation_id = c.id
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

-- from supabase/schemas/kinkster/queue_turn.sql
-- The only way in for a message that is to be answered. Security definer: a turn and its place among those in flight are
-- written together or not at all; it takes no user id, so it writes the caller's own turns alone.
create or replace function kinkster.queue_turn(
  p_conversation_id uuid,
  p_turn_id uuid,
  p_parent_turn_id uuid,
  p_message text
)
  returns boolean
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
declare
  v_user_id uuid := auth.uid();
begin
  insert into kinkster.turns_in_flight (user_id, conversation_id, turn_id)
  values (v_user_id, p_conversation_id, p_turn_id)
  on conflict do nothing;
  if not found then
    return false;
  end if;
  insert into public.kinkster_turns (user_id, id, conversation_id, parent_turn_id, message)
  values (v_user_id, p_turn_id, p_conversation_id, p_parent_turn_id, p_message)
  on conflict do nothing;
  if not found then
    delete from kinkster.turns_in_flight as f where f.user_id = v_user_id and f.conversation_id = p_conversation_id;
    return false;
  end if;
  return true;
end
$$;

comment on function kinkster.queue_turn(uuid, uuid, uuid, text) is
  'Stores a message as a queued turn of the caller''s conversation. False, and nothing stored, when the conversation has a turn in flight or the id is taken. Raises the constraint''s error for a blank or too long message, a conversation or parent that is not the caller''s, and without a user.';

revoke execute on function kinkster.queue_turn(uuid, uuid, uuid, text) from public, anon, authenticated, service_role;
grant execute on function kinkster.queue_turn(uuid, uuid, uuid, text) to authenticated;

-- from supabase/schemas/kinkster/store_message.sql
-- Stores a message as a new turn, under row security, before anybody is asked to answer it. The request id is the turn's
-- id, so that a request that is sent twice is one turn. Wakes nobody: who calls it knows who answers. A safeword comes
-- before everything that could refuse the message, and goes its own way.
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
  c_readable constant integer := 200000;  -- a safeword is looked for in no more characters
  v_user_id uuid := auth.uid();
  v_turn_id uuid := coalesce(p_request_id, pg_catalog.gen_random_uuid());
  v_sent jsonb;
  v_profile record;
  v_obstacle record;
  v_conversation public.kinkster_conversations;
  v_head_turn_id uuid;
  v_parent_turn_id uuid;
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
    v_sent := kinkster.store_safeword(p_kinkster_id, pg_catalog.left(p_message, c_readable), p_conversation_id, p_request_id);
    if v_sent is not null then
      return v_sent;
    end if;
  end if;

  v_sent := kinkster.sent_turn(v_user_id, p_request_id, p_kinkster_id, p_message, p_conversation_id);
  if v_sent is not null then
    return v_sent;
  end if;
  if pg_catalog.char_length(p_message) > 32000 then
    raise sqlstate 'PT422' using
      message = pg_catalog.format('The message has %s characters; at most 32,000 are taken.', pg_catalog.char_length(p_message)),
      hint = 'Shorten it, or send it in parts.';
  end if;
  v_obstacle := kinkster.chat_obstacle(kinkster.visible_kinkster(p_kinkster_id), coalesce(v_profile.state, 'none'));
  if v_obstacle.reason is not null then
    raise sqlstate 'PT409' using message = v_obstacle.reason, hint = v_obstacle.hint;
  end if;

  v_conversation := kinkster.open_conversation(v_user_id, p_kinkster_id, p_conversation_id);
  if v_conversation.head_turn_id = p_request_id then
    return kinkster.sent_turn(v_user_id, p_request_id, p_kinkster_id, p_message, p_conversation_id);
  end if;
  if v_conversation.state <> 'active' then
    raise sqlstate 'PT409' using
      message = pg_catalog.format('This conversation is %s.', v_conversation.state),
      hint = case v_conversation.state
        when 'paused' then 'Call resume_kinkster_conversation when you want to go on.'
        else 'Start a new conversation, or set its state to active.'
      end;
  end if;

  if p_instead_of.id is not null then
    v_parent_turn_id := p_instead_of.parent_turn_id;
  else
    -- The last turn that is shown; where that one was deleted, the newest that is left, so that the context goes on.
    v_head_turn_id := v_conversation.head_turn_id;
    if v_head_turn_id is null then
      select t.id into v_head_turn_id
      from public.kinkster_turns as t
      where t.user_id = v_user_id and t.conversation_id = v_conversation.id
      order by t.created_at desc, t.id
      limit 1;
    end if;
    -- The same words again after they got no whole reply take the place of the first try: said once, they stand once.
    select
      case when t.status in ('failed', 'cancelled') and t.message = p_message then t.parent_turn_id else t.id end
    into v_parent_turn_id
    from public.kinkster_turns as t
    where t.user_id = v_user_id and t.id = v_head_turn_id;
  end if;

  if not kinkster.queue_turn(v_conversation.id, v_turn_id, v_parent_turn_id, p_message) then
    -- Somebody was quicker: this very request from another connection, or another message of this conversation.
    v_sent := kinkster.sent_turn(v_user_id, p_request_id, p_kinkster_id, p_message, p_conversation_id);
    if v_sent is not null then
      return v_sent;
    end if;
    if not kinkster.release_expired_turn(v_conversation.id)
      or not kinkster.queue_turn(v_conversation.id, v_turn_id, v_parent_turn_id, p_message) then
      raise sqlstate 'PT409' using
        message = 'A reply is still being written in this conversation.',
        hint = 'Wait for it to end, or cancel it, then send the message again.';
    end if;
  end if;

  update public.kinkster_conversations as c
  set head_turn_id = v_turn_id, updated_at = kinkster.now()
  where c.user_id = v_user_id and c.id = v_conversation.id;

  return pg_catalog.jsonb_build_object(
    'success', true,
    'created', true,
    'turn_id', v_turn_id,
    'conversation_id', v_conversation.id,
    'status', 'queued',
    'safeword_seen', false
  );
end
$$;

comment on function kinkster.store_message(uuid, text, uuid, uuid, public.kinkster_turns) is
  'What every way of sending shares: stores the message and returns turn_id, conversation_id, status, created and safeword_seen. With p_instead_of the new turn stands beside that one, under the same parent. Raises what send_kinkster_message raises.';

revoke execute on function kinkster.store_message(uuid, text, uuid, uuid, public.kinkster_turns)
  from public, anon, authenticated, service_role;
grant execute on function kinkster.store_message(uuid, text, uuid, uuid, public.kinkster_turns)
  to authenticated, service_role;

-- from supabase/schemas/public/switch_kinkster_branch.sql
-- Shows another branch of a conversation, from the given turn to its newest end. The next message goes on from there.
create or replace function public.switch_kinkster_branch(p_turn_id uuid)
  returns jsonb
  language plpgsql
  volatile
  security invoker
  set search_path = ''
as $$
declare
  v_turn public.kinkster_turns := kinkster.visible_turn(p_turn_id);
  v_head_turn_id uuid;
begin
  perform
  from public.kinkster_conversations as c
  where c.user_id = v_turn.user_id and c.id = v_turn.conversation_id
  for no key update;
  if exists (
    select
    from kinkster.turns_in_flight as f
    where f.user_id = v_turn.user_id and f.conversation_id = v_turn.conversation_id
  ) then
    raise sqlstate 'PT409' using
      message = 'A reply is still being written in this conversation.',
      hint = 'Wait for it to end, or cancel it, then switch.';
  end if;

  with recursive below as (
    select v_turn.id as id, 0 as depth
    union all
    select newest.id, b.depth + 1
    from below as b
    cross join lateral (
      select t.id
      from public.kinkster_turns as t
      where t.user_id = v_turn.user_id and t.conversation_id = v_turn.conversation_id and t.parent_turn_id = b.id
      order by t.created_at desc, t.id
      limit 1
    ) as newest
  )

  select b.id into v_head_turn_id from below as b order by b.depth desc limit 1;

  update public.kinkster_conversations as c
  set head_turn_id = v_head_turn_id, updated_at = kinkster.now()
  where c.user_id = v_turn.user_id and c.id = v_turn.conversation_id;
  return pg_catalog.jsonb_build_object(
    'success', true,
    'conversation_id', v_turn.conversation_id,
    'head_turn_id', v_head_turn_id
  );
end
$$;

comment on function public.switch_kinkster_branch(uuid) is
  'Makes the branch of a turn the one that its conversation shows and goes on with: that turn, and below it the newest turn each time. Returns conversation_id and head_turn_id, its last turn. Raises PT404 for a turn that the caller cannot see, PT409 while a reply is being written.';

revoke execute on function public.switch_kinkster_branch(uuid) from public, anon, authenticated, service_role;
grant execute on function public.switch_kinkster_branch(uuid) to authenticated;

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
    update public.kinkster_turns as t
    set
      status = 'queued',
      -- The breaker may close before its time: when the turn that tries the provider is answered.
      next_attempt_at = least(v_wait_until, v_now + c_look_again) + pg_catalog.random() * interval '2 seconds',
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
  end if;

  update public.kinkster_turns as t
  set
    status = 'streaming',
    provider = v_provider,
    rerouted_from = nullif(v_own_provider, v_provider),
    model = v_model,
    replaced_model = nullif(v_chosen, v_model),
    session_id = case when v_provider = 'flowise' then
      case when v_chained then v_parent.session_id else pg_catalog.gen_random_uuid() end
    end,
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
    lease = pg_catalog.gen_random_uuid(),
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

-- from supabase/schemas/kinkster/claim_next_turn.sql
-- The queue door's claim. Users take turns: it gives the first waiting turn of the next user after the one whose turn the
-- worker claimed last, so that a user with a thousand messages waits for no more of them than the others do. Locked rows
-- are passed over. Turns are looked up one by one, from those in flight: joined as tables, all would be read for each claim.
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
  c_most constant integer := 100;  -- turns that end or wait instead of being claimed; the next call goes on
  c_places constant integer := 5;  -- turns of one user at a time, so that nobody takes all places
  v_now timestamptz := kinkster.now();
  v_after uuid := coalesce(p_after_user_id, c_first_user);
  v_around boolean := p_after_user_id is null;
  v_user_id uuid;
  v_turn_id uuid;
  v_claimed jsonb;
begin
  for v_try in 1 .. c_most loop
    select t.user_id, t.id into v_user_id, v_turn_id
    from kinkster.turns_in_flight as f
    cross join lateral (
      select t.user_id, t.id
      from public.kinkster_turns as t
      where t.user_id = f.user_id
        and t.id = f.turn_id
        and (
          (t.status = 'queued' and coalesce(t.next_attempt_at <= v_now, true))
          or (t.status = 'streaming' and t.lease_expires_at <= v_now)
        )
      for no key update skip locked
    ) as t
    where f.user_id > v_after
      and c_places > (
        select pg_catalog.count(*)
        from kinkster.turns_in_flight as other
        cross join lateral (
          select t.id
          from public.kinkster_turns as t
          where t.user_id = other.user_id and t.id = other.turn_id and t.status = 'streaming' and t.lease_expires_at > v_now
          limit 1
        ) as running
        where other.user_id = f.user_id
      )
    order by f.user_id, f.conversation_id
    limit 1;
    if found then
      begin
        v_claimed := kinkster.claim_turn(v_user_id, v_turn_id, p_worker, p_stateless);
      exception when others then
        v_claimed := '{}';
        -- Somebody is at it, or the database has a trouble that passes: passed over. But one turn that can't be prepared
        -- at all must not stop the queue for everybody.
        if sqlstate !~ '^(KW|40|53|55|57|58)' then
          raise warning 'Turn % could not be claimed: SQLSTATE %.', v_turn_id, sqlstate;
          update public.kinkster_turns as t
          set
            status = 'failed',
            finished_at = v_now,
            next_attempt_at = null,
            error_code = 'not_chattable',
            error_message = 'The database could not prepare this message.',
            error_hint = 'Tell the operator the time and the id of the turn.'
          where t.user_id = v_user_id and t.id = v_turn_id;
          delete from kinkster.turns_in_flight as f where f.user_id = v_user_id and f.turn_id = v_turn_id;
        end if;
      end;
      if v_claimed ->> 'state' = 'claimed' then
        return v_claimed;
      end if;
      v_after := v_user_id;
    elsif not v_around then
      v_around := true;
      v_after := c_first_user;  -- once around: the users up to the last one
    else
      exit;
    end if;
  end loop;
  return '{"state": "idle"}'::jsonb;
end
$$;

comment on function kinkster.claim_next_turn(text, uuid, boolean) is
  'Claims the next turn that waits, as claim_turn does, beginning with the users after p_after_user_id (null: with any), and at most five of a user at a time; {"state": "idle"} when none waits.';

revoke execute on function kinkster.claim_next_turn(text, uuid, boolean) from public, anon, authenticated, service_role;
grant execute on function kinkster.claim_next_turn(text, uuid, boolean) to kinkster_worker;

-- from supabase/schemas/kinkster/take_turn.sql
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

-- from supabase/schemas/kinkster/checkpoint_turns.sql
-- Keeps what has streamed so far of many turns, and renews their leases: what a worker does before it sends text on, and
-- every few seconds anyway. A turn that was cancelled, or whose user or conversation paused, is told so here at the
-- latest. A turn whose row somebody has locked is passed over, so that it does not hold up the others.
create or replace function kinkster.checkpoint_turns(p_checkpoints jsonb)
  returns jsonb
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
declare
  v_now timestamptz := kinkster.now();
  v_states jsonb;
begin
  with given as (
    select g.*
    from pg_catalog.jsonb_to_recordset(p_checkpoints) as g (
      user_id uuid, turn_id uuid, lease uuid, "from" integer, text text, shown boolean
    )
  ),

  locked as (
    select t.user_id, t.id, t.conversation_id, pg_catalog.char_length(t.reply) as characters
    from given as g
    join public.kinkster_turns as t on t.user_id = g.user_id and t.id = g.turn_id
    order by t.user_id, t.id
    for no key update of t skip locked
  ),

  written as (
    update public.kinkster_turns as t
    set
      -- Shorter only to leave what an earlier attempt had: a call that was late takes nothing back.
      reply = case
        when g.text <> '' and (t.reply_is_stale or l.characters < g."from" + pg_catalog.char_length(g.text))
          then pg_catalog.left(t.reply, g."from") || g.text
        else t.reply
      end,
      reply_is_stale = t.reply_is_stale and g.text = '',
      is_shown = t.is_shown or (g.shown and (g.text <> '' or g."from" > 0)),
      lease_expires_at = v_now + (select s.lease from kinkster.settings as s),
      status = case when chat.goes_on then 'streaming' else 'cancelled' end,
      finished_at = case when not chat.goes_on then v_now end,
      error_code = case when not chat.goes_on then 'paused' end,
      error_message = case when not chat.goes_on then 'This chat was paused, so this reply stopped.' end,
      error_hint = case when not chat.goes_on then 'Resume it when you want to go on.' end
    from given as g
    join locked as l on l.user_id = g.user_id and l.id = g.turn_id
    join public.kinkster_conversations as c on c.user_id = l.user_id and c.id = l.conversation_id
    join public.profiles as p on p.id = l.user_id
    cross join lateral (select c.state = 'active' and p.submission_state <> 'paused' as goes_on) as chat
    where t.user_id = g.user_id
      and t.id = g.turn_id
      and t.lease = g.lease
      and t.status = 'streaming'
      and l.characters >= g."from"
    returning t.user_id, t.id, t.conversation_id, t.status, coalesce(t.followed_until > v_now, false) as followed
  ),

  ended as (
    delete from kinkster.turns_in_flight as f
    using written as w
    where w.status = 'cancelled' and f.user_id = w.user_id and f.conversation_id = w.conversation_id
  )

  select pg_catalog.jsonb_object_agg(
    g.turn_id,
    case when w.status = 'streaming' then
      pg_catalog.jsonb_build_object('state', 'kept', 'followed', w.followed)
    else
      '{"state": "lost"}'
    end
  )
  into v_states
  from given as g
  left join written as w on w.user_id = g.user_id and w.id = g.turn_id
  left join locked as l on l.user_id = g.user_id and l.id = g.turn_id
  left join public.kinkster_turns as t on t.user_id = g.user_id and t.id = g.turn_id  -- "not exists" would read them all
  where l.id is not null or t.id is null;
  return coalesce(v_states, '{}');
end
$$;

comment on function kinkster.checkpoint_turns(jsonb) is
  'Stores text of leased turns and renews the leases. Takes [{"user_id", "turn_id", "lease", "from", "text", "shown"}]: from, how many characters were stored before; text, what follows them; shown, whether clients are sent it from now on. Returns for each turn id {"state": "kept", "followed": whether another worker''s client reads along} or {"state": "lost"}: stop. A turn that is missing in the answer was locked: ask again.';

revoke execute on function kinkster.checkpoint_turns(jsonb) from public, anon, authenticated, service_role;
grant execute on function kinkster.checkpoint_turns(jsonb) to kinkster_worker;

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
      case v_status when 'completed' then p_outcome ->> 'reply' else nullif(p_outcome ->> 'reply', '') end,
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
  return kinkster.settled_as_json(v_turn) || v_attempt;
end
$$;

comment on function kinkster.settle_turn(uuid, uuid, uuid, jsonb) is
  'Ends a leased turn as completed, failed or cancelled, with its reply, tokens, what they cost, and error; the same call again changes nothing. What may pass and was not shown to anybody ("shown") waits as queued for its next attempt instead of failing. Of a turn that was cancelled meanwhile the text is kept. Returns turn_id, status, retry_in_seconds and error as they are then, and of this attempt cost_usd and model: the registry''s name of the one that was asked; null when it is not known. Raises KW001 when the lease is lost, PT400 for an unknown key or status.';

revoke execute on function kinkster.settle_turn(uuid, uuid, uuid, jsonb) from public, anon, authenticated, service_role;
grant execute on function kinkster.settle_turn(uuid, uuid, uuid, jsonb) to kinkster_worker;

-- from supabase/schemas/kinkster/doctor_queue.sql
-- Messages that were sent by SQL wait for a worker; so does what failed and is tried again.
create or replace function kinkster.doctor_queue(out state text, out said text, out todo text)
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  v_now timestamptz := kinkster.now();
  v_waiting bigint;
  v_lost bigint;
  v_since timestamptz;
begin
  select
    count(*) filter (where t.status = 'queued'),
    count(*) filter (where t.status = 'streaming'),
    min(t.due_at)
  into v_waiting, v_lost, v_since
  from (
    select
      t.status,
      case t.status when 'streaming' then t.lease_expires_at else coalesce(t.next_attempt_at, t.asked_again_at, t.created_at) end as due_at
    from kinkster.turns_in_flight as f
    join public.kinkster_turns as t on t.user_id = f.user_id and t.id = f.turn_id
    where t.status in ('queued', 'streaming')
  ) as t
  where t.due_at < v_now - interval '1 minute';
  state := case when v_waiting + v_lost = 0 then 'ok' else 'problem' end;
  said := case
    when state = 'ok' then 'No message waits for a worker.'
    else pg_catalog.format(
      'Messages that nobody takes: %s waiting, %s left by a lost worker, the first since %s UTC.', v_waiting, v_lost,
      pg_catalog.to_char(v_since at time zone 'UTC', 'YYYY-MM-DD HH24:MI')
    )
  end;
  if state = 'problem' then
    todo := 'Start a worker with KINKSTER_QUEUE_TURNS over 0: kinkster worker. If one runs, see its log.';
  end if;
end
$$;

comment on function kinkster.doctor_queue() is 'Whether turns wait, for longer than a minute, with nobody taking them.';

revoke execute on function kinkster.doctor_queue() from public, anon, authenticated, service_role;
