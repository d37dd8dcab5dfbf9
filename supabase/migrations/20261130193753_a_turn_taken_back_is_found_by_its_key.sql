-- Never wait long for a lock: better to fail here, with nothing changed, and be run again.
set local lock_timeout = '400ms';

-- from supabase/schemas/kinkster/take_back_turns.sql
-- Whoever deletes a turn that has ended, or changes what it adds up to, calls this first: it leaves the sums. First nobody can
-- rate it any more, then no turn of its day is being added up: what is read after that is what the sums hold.
create or replace function kinkster.take_back_turns(
  p_user_id uuid,
  p_conversation_id uuid,
  p_turn_id uuid,
  p_stays boolean
)
  returns void
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
declare
  -- As a range the key finds one turn as well as all; "or p_turn_id is null" would read the conversation for one.
  v_first uuid := coalesce(p_turn_id, '00000000-0000-0000-0000-000000000000');
  v_last uuid := coalesce(p_turn_id, 'ffffffff-ffff-ffff-ffff-ffffffffffff');
  v_turn_ids uuid[];
begin
  -- Who rates has the rating first, then its turn.
  perform
  from public.kinkster_ratings as r
  join public.kinkster_turns as t on t.user_id = r.user_id and t.id = r.turn_id
  where t.user_id = p_user_id and t.conversation_id = p_conversation_id and t.id between v_first and v_last
  for update of r;
  perform
  from public.kinkster_turns as t
  where t.user_id = p_user_id and t.conversation_id = p_conversation_id and t.id between v_first and v_last
  for update;
  perform kinkster.hold_sums();
  perform pg_catalog.pg_advisory_xact_lock_shared(d.lock)
  from (
    select distinct kinkster.day_lock((t.created_at at time zone 'UTC')::date) as lock
    from public.kinkster_turns as t
    where t.user_id = p_user_id and t.conversation_id = p_conversation_id and t.id between v_first and v_last
  ) as d;

  select pg_catalog.array_agg(t.id) into v_turn_ids
  from public.kinkster_turns as t
  where t.user_id = p_user_id
    and t.conversation_id = p_conversation_id
    and t.id between v_first and v_last
    and t.created_at < kinkster.rolled_until()
    and not exists (select from kinkster.open_turns as o where o.user_id = p_user_id and o.turn_id = t.id);
  if v_turn_ids is null then
    return;
  end if;
  perform kinkster.add_turns(-1, pg_catalog.array_fill(p_user_id, array[pg_catalog.cardinality(v_turn_ids)]), v_turn_ids);
  if p_stays then
    insert into kinkster.open_turns (user_id, turn_id, day)
    select t.user_id, t.id, (t.created_at at time zone 'UTC')::date
    from public.kinkster_turns as t
    where t.user_id = p_user_id and t.id = any(v_turn_ids);
  end if;
end
$$;

comment on function kinkster.take_back_turns(uuid, uuid, uuid, boolean) is
  'Takes a turn, or all of a conversation (p_turn_id null), out of kinkster.daily_sums, before it is deleted, or changed (p_stays): until it is added up again it is read itself. Raises 40001 in a transaction that does not see the sums as they are now.';

revoke execute on function kinkster.take_back_turns(uuid, uuid, uuid, boolean)
  from public, anon, authenticated, service_role;

-- from supabase/schemas/kinkster/sent_turn.sql
-- What became of a request that was sent before: sending again under the same id changes nothing and says so.
create or replace function kinkster.sent_turn(
  p_user_id uuid,
  p_request_id uuid,
  p_kinkster_id uuid,
  p_message text,
  p_conversation_id uuid
)
  returns jsonb
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  v_sent record;
begin
  select
    t.id, t.conversation_id, t.status, t.message, t.safeword_seen,
    (select c.kinkster_id from public.kinkster_conversations as c where c.user_id = p_user_id and c.id = t.conversation_id)
  into v_sent
  from public.kinkster_turns as t
  where t.user_id = p_user_id and t.id = p_request_id;
  if not found then
    return null;
  end if;
  if v_sent.message <> p_message
    or v_sent.kinkster_id is distinct from p_kinkster_id
    or v_sent.conversation_id <> coalesce(p_conversation_id, v_sent.conversation_id) then
    raise sqlstate 'PT409' using
      message = 'This request id was used for another message.',
      hint = 'Use a new id for each message, and the same id only to send the same message again.';
  end if;
  return pg_catalog.jsonb_build_object(
    'success', true,
    'created', false,
    'turn_id', v_sent.id,
    'conversation_id', v_sent.conversation_id,
    'status', v_sent.status,
    'safeword_seen', v_sent.safeword_seen
  );
end
$$;

comment on function kinkster.sent_turn(uuid, uuid, uuid, text, uuid) is
  'The turn of a request id as send_kinkster_message answers it, or null. Raises PT409 when the id was used for something else.';

revoke execute on function kinkster.sent_turn(uuid, uuid, uuid, text, uuid) from public, anon, authenticated, service_role;
grant execute on function kinkster.sent_turn(uuid, uuid, uuid, text, uuid) to authenticated, service_role;
