-- Never wait long for a lock: better to fail here, with nothing changed, and be run again.
set local lock_timeout = '400ms';

-- from supabase/schemas/public/kinkster_conversations.sql (sha256 338cd2b6de24eae5c55b539cb845ccd83cf406e19bd3fbfff8c971b325b67cf9)
-- squawk-ignore require-concurrent-index-deletion
drop index public.kinkster_conversations_user_kinkster_idx;
-- squawk-ignore require-concurrent-index-deletion
drop index public.kinkster_conversations_kinkster_idx;
create index kinkster_conversations_kinkster_idx on public.kinkster_conversations (kinkster_id, user_id);

-- from supabase/schemas/public/kinkster_turns.sql (sha256 03396742fe01436390a80e0b3f25430ca8c890a13a544083d5a1d03e8bdbc68c)
-- squawk-ignore require-concurrent-index-deletion
drop index public.kinkster_turns_parent_idx;
create index kinkster_turns_parent_idx on public.kinkster_turns (parent_turn_id);

-- from supabase/schemas/kinkster/open_conversation.sql
-- The conversation that a message goes into, locked until the transaction ends: two messages cannot pick one parent.
create or replace function kinkster.open_conversation(p_user_id uuid, p_kinkster_id uuid, p_conversation_id uuid)
  returns public.kinkster_conversations
  language plpgsql
  volatile
  security invoker
  set search_path = ''
as $$
declare
  v_conversation public.kinkster_conversations;
begin
  if p_conversation_id is not null then
    select c.* into v_conversation
    from public.kinkster_conversations as c
    where c.user_id = p_user_id and c.id = p_conversation_id
    for no key update;
    if not found or v_conversation.kinkster_id <> p_kinkster_id then
      raise sqlstate 'PT404' using
        message = 'There is no conversation with this id between you and this kinkster.',
        hint = 'Check the id, or leave it out to go on with the latest conversation.';
    end if;
  else
    for v_try in 1 .. 2 loop
      select c.* into v_conversation
      from public.kinkster_conversations as c
      where c.user_id = p_user_id and c.kinkster_id = p_kinkster_id and c.state <> 'ended'
      order by c.updated_at desc, c.id
      limit 1
      for no key update;
      exit when found;
      if v_try = 1 then
        -- Two first messages at once would start two conversations: the second looks again.
        perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended(p_user_id::text || p_kinkster_id::text, 0));
      else
        perform kinkster.visible_kinkster(p_kinkster_id);
        insert into public.kinkster_conversations (user_id, kinkster_id)
        values (p_user_id, p_kinkster_id)
        returning * into v_conversation;
      end if;
    end loop;
  end if;
  return v_conversation;
end
$$;

comment on function kinkster.open_conversation(uuid, uuid, uuid) is
  'The given conversation of a user with a kinkster, or the latest that has not ended, or a new one; locked, and not asked whether it is active. Raises PT404 when the given one does not exist, or the kinkster cannot be seen.';

revoke execute on function kinkster.open_conversation(uuid, uuid, uuid) from public, anon, authenticated, service_role;
grant execute on function kinkster.open_conversation(uuid, uuid, uuid) to authenticated, service_role;

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

  -- Conversation and profile are asked apart: joined, they seem to be found by the user alone, and so do the turns.
  locked as (
    select
      g.*,
      t.conversation_id,
      pg_catalog.char_length(t.reply) as characters,
      'active' = (
        select c.state from public.kinkster_conversations as c where c.user_id = g.user_id and c.id = t.conversation_id
      )
      and 'paused' <> (select p.submission_state::text from public.profiles as p where p.id = g.user_id) as goes_on
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
        when l.text <> '' and (t.reply_is_stale or l.characters < l."from" + pg_catalog.char_length(l.text))
          then pg_catalog.left(t.reply, l."from") || l.text
        else t.reply
      end,
      reply_is_stale = t.reply_is_stale and l.text = '',
      is_shown = t.is_shown or (l.shown and (l.text <> '' or l."from" > 0)),
      lease_expires_at = v_now + (select s.lease from kinkster.settings as s),
      status = case when l.goes_on then 'streaming' else 'cancelled' end,
      finished_at = case when not l.goes_on then v_now end,
      error_code = case when not l.goes_on then 'paused' end,
      error_message = case when not l.goes_on then 'This chat was paused, so this reply stopped.' end,
      error_hint = case when not l.goes_on then 'Resume it when you want to go on.' end
    from locked as l
    where t.user_id = l.user_id
      and t.id = l.turn_id
      and t.lease = l.lease
      and t.status = 'streaming'
      and l.characters >= l."from"
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
  left join locked as l on l.user_id = g.user_id and l.turn_id = g.turn_id
  left join public.kinkster_turns as t on t.user_id = g.user_id and t.id = g.turn_id  -- "not exists" would read them all
  where l.turn_id is not null or t.id is null;
  return coalesce(v_states, '{}');
end
$$;

comment on function kinkster.checkpoint_turns(jsonb) is
  'Stores text of leased turns and renews the leases. Takes [{"user_id", "turn_id", "lease", "from", "text", "shown"}]: from, how many characters were stored before; text, what follows them; shown, whether clients are sent it from now on. Returns for each turn id {"state": "kept", "followed": whether another worker''s client reads along} or {"state": "lost"}: stop. A turn that is missing in the answer was locked: ask again.';

revoke execute on function kinkster.checkpoint_turns(jsonb) from public, anon, authenticated, service_role;
grant execute on function kinkster.checkpoint_turns(jsonb) to kinkster_worker;
