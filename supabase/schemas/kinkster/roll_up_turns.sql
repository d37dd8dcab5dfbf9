-- Adds up turns: those that had been left out and have ended by now, then the next ones. A turn is added up when nothing that
-- is still uncommitted can come before it, under a lock that nobody has who changes what a turn of its day adds up to.
create or replace function kinkster.roll_up_turns()
  returns jsonb
  language plpgsql
  volatile
  security definer
  set search_path = ''
  set plan_cache_mode = 'force_custom_plan'
as $$
declare
  c_margin constant interval := interval '1 minute';
  c_piece constant integer := 20000;  -- turns at a time
  c_patience constant interval := interval '2 seconds';
  v_now timestamptz := kinkster.now();
  v_patient_until timestamptz := pg_catalog.clock_timestamp() + c_patience;
  v_state kinkster.roll_up_state;
  v_oldest xid8;
  v_next xid8;
  v_from timestamptz;
  v_to timestamptz;
  v_day date;
  v_user_ids uuid[];
  v_turn_ids uuid[];
begin
  if pg_catalog.current_setting('transaction_isolation') <> 'read committed' then
    raise sqlstate 'PT409' using
      message = 'Turns are added up in a transaction that sees what others commit meanwhile.',
      hint = 'Call this in a transaction of isolation level read committed, which is the default.';
  end if;
  select s.* into v_state from kinkster.roll_up_state as s for update skip locked;
  if not found then
    return '{"state": "busy"}'::jsonb;
  end if;
  -- All is to be added up again, or a clock was set back and its day is to come once more.
  if v_state.rolled_until = '-infinity' or v_state.rolled_until > v_now then
    v_state.rolled_until := kinkster.rolled_until();
    v_state.safe_until := least(v_state.safe_until, v_state.rolled_until);
    v_state.noted_at := least(v_state.noted_at, v_now);
    delete from kinkster.daily_sums as d where d.day::timestamp at time zone 'UTC' >= v_state.rolled_until;
    delete from kinkster.open_turns as o where o.day::timestamp at time zone 'UTC' >= v_state.rolled_until;
  end if;

  -- Turns of before a moment are all there, or never will be, once the transactions that ran at that moment are over.
  select min(r.xid) into v_oldest from pg_catalog.pg_snapshot_xip(pg_catalog.pg_current_snapshot()) as r (xid);
  v_next := pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot());
  if v_oldest is null then
    v_state.noted_at := v_now;
  elsif v_state.noted_xid > v_next then
    v_state.noted_xid := null;  -- noted in another cluster, and restored here
  end if;
  if v_oldest is null or v_oldest >= v_state.noted_xid then
    v_state.safe_until := greatest(v_state.safe_until, v_state.noted_at - c_margin);
    v_state.noted_xid := null;
  end if;
  if v_state.noted_xid is null then
    v_state.noted_at := v_now;
    v_state.noted_xid := v_next;
  end if;

  delete from kinkster.open_turns as o
  where not exists (select from public.kinkster_turns as t where t.user_id = o.user_id and t.id = o.turn_id);
  for v_day in
    select distinct o.day
    from kinkster.open_turns as o
    join public.kinkster_turns as t on t.user_id = o.user_id and t.id = o.turn_id
    where t.status not in ('queued', 'streaming')
  loop
    continue when not pg_catalog.pg_try_advisory_xact_lock(kinkster.day_lock(v_day));
    with ended as (
      delete from kinkster.open_turns as o
      using public.kinkster_turns as t
      where o.day = v_day and t.user_id = o.user_id and t.id = o.turn_id and t.status not in ('queued', 'streaming')
      returning o.user_id, o.turn_id
    )
    select pg_catalog.array_agg(e.user_id), pg_catalog.array_agg(e.turn_id) into v_user_ids, v_turn_ids
    from ended as e;
    perform kinkster.add_turns(1, v_user_ids, v_turn_ids);
  end loop;

  while v_state.rolled_until < v_state.safe_until and pg_catalog.clock_timestamp() < v_patient_until loop
    select min(t.created_at) into v_from from public.kinkster_turns as t where t.created_at >= v_state.rolled_until;
    if v_from is null or v_from >= v_state.safe_until then
      v_state.rolled_until := v_state.safe_until;
      exit;
    end if;
    v_day := (v_from at time zone 'UTC')::date;
    select t.created_at into v_to
    from public.kinkster_turns as t
    where t.created_at >= v_from
    order by t.created_at
    offset c_piece
    limit 1;
    v_to := least(
      v_state.safe_until, (v_day + 1)::timestamp at time zone 'UTC', case when v_to is not null then greatest(v_to, v_from + interval '1 microsecond') end
    );
    exit when not pg_catalog.pg_try_advisory_xact_lock(kinkster.day_lock(v_day));
    insert into kinkster.open_turns (user_id, turn_id, day)
    select t.user_id, t.id, v_day
    from public.kinkster_turns as t
    where t.created_at >= v_from and t.created_at < v_to and t.status in ('queued', 'streaming');
    select pg_catalog.array_agg(t.user_id), pg_catalog.array_agg(t.id) into v_user_ids, v_turn_ids
    from public.kinkster_turns as t
    where t.created_at >= v_from
      and t.created_at < v_to
      and not exists (select from kinkster.open_turns as o where o.user_id = t.user_id and o.turn_id = t.id);
    perform kinkster.add_turns(1, v_user_ids, v_turn_ids);
    v_state.rolled_until := v_to;
  end loop;

  perform kinkster.fold_sums();
  update kinkster.roll_up_state as s
  set
    rolled_until = v_state.rolled_until,
    safe_until = v_state.safe_until,
    noted_at = v_state.noted_at,
    noted_xid = v_state.noted_xid,
    rolled_at = v_now;
  return pg_catalog.jsonb_build_object(
    'state', case when pg_catalog.clock_timestamp() >= v_patient_until then 'more' else 'done' end,
    'rolled_until', nullif(v_state.rolled_until, '-infinity')
  );
end
$$;

comment on function kinkster.roll_up_turns() is
  'Adds up turns for about two seconds: {"state": "more" (call it again) | "done" | "busy" (somebody else is at it), "rolled_until"}. Figures are right without it, only slower. Raises PT409 in a transaction of another isolation level than read committed.';

revoke execute on function kinkster.roll_up_turns() from public, anon, authenticated, service_role;
grant execute on function kinkster.roll_up_turns() to kinkster_worker;
