-- Adds up hours that are over. An hour is added up when nothing that is still uncommitted can belong to it and none of its
-- turns is in flight; whatever changes it later opens it again (reopen_hour) and waits for, or is seen by, this function.
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
  c_most constant integer := 6;  -- hours a call: others wait for them
  v_now timestamptz := kinkster.now();
  v_oldest xid8;
  v_next xid8;
  v_state kinkster.roll_up_state;
  v_hour timestamptz;
  v_busy timestamptz[];
  v_reopened timestamptz[];
  v_done integer := 0;
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
  -- A clock that was set back: hours that were over are to come once more.
  v_state.safe_until := least(v_state.safe_until, pg_catalog.date_trunc('hour', v_now, 'UTC'));
  v_state.rolled_until := least(v_state.rolled_until, v_state.safe_until);
  v_state.noted_at := least(v_state.noted_at, v_now);

  -- Turns of before a moment are all there, or never will be, once the transactions that ran at that moment are over.
  select min(r.xid) into v_oldest from pg_catalog.pg_snapshot_xip(pg_catalog.pg_current_snapshot()) as r (xid);
  v_next := pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot());
  if v_oldest is null then
    v_state.noted_at := v_now;
  elsif v_state.noted_xid > v_next then
    v_state.noted_xid := null;  -- noted in another cluster, and restored here
  end if;
  if v_oldest is null or v_oldest >= v_state.noted_xid then
    v_state.safe_until := greatest(
      v_state.safe_until, pg_catalog.date_trunc('hour', v_state.noted_at - c_margin, 'UTC')
    );
    v_state.noted_xid := null;
  end if;
  if v_state.noted_xid is null then
    v_state.noted_at := v_now;
    v_state.noted_xid := v_next;
  end if;

  -- Hours that were opened again first, then the next ones. One in flight stays open until its turns have ended.
  select pg_catalog.array_agg(distinct pg_catalog.date_trunc('hour', t.created_at, 'UTC')) into v_busy
  from public.kinkster_turns as t
  where t.status in ('queued', 'streaming');
  select pg_catalog.array_agg(o.hour order by o.hour) into v_reopened
  from (
    select distinct o.hour
    from kinkster.open_hours as o
    where o.hour < v_state.rolled_until and o.hour <> all(coalesce(v_busy, '{}'))
    order by o.hour
    limit c_most
  ) as o;
  foreach v_hour in array coalesce(v_reopened, '{}') loop
    if kinkster.roll_up_hour(v_hour) then
      v_done := v_done + 1;
    end if;
  end loop;

  while v_done < c_most and v_state.rolled_until < v_state.safe_until loop
    select pg_catalog.date_trunc('hour', min(t.created_at), 'UTC') into v_hour
    from public.kinkster_turns as t
    where t.created_at >= v_state.rolled_until;
    if v_hour is null or v_hour >= v_state.safe_until then
      v_state.rolled_until := v_state.safe_until;
    else
      v_state.rolled_until := v_hour;
      exit when not kinkster.roll_up_hour(v_hour);
      v_state.rolled_until := v_hour + interval '1 hour';
      v_done := v_done + 1;
    end if;
  end loop;

  update kinkster.roll_up_state as s
  set
    rolled_until = v_state.rolled_until,
    safe_until = v_state.safe_until,
    noted_at = v_state.noted_at,
    noted_xid = v_state.noted_xid,
    rolled_at = v_now;
  return pg_catalog.jsonb_build_object(
    'state', case when v_done >= c_most then 'more' else 'done' end,
    'rolled_until', nullif(v_state.rolled_until, '-infinity')
  );
end
$$;

comment on function kinkster.roll_up_turns() is
  'Adds up the next hours that are over, at most six: {"state": "more" (call it again) | "done" | "busy" (somebody else is at it), "rolled_until"}. Figures are right without it, only slower. Raises PT409 in a transaction of another isolation level than read committed.';

revoke execute on function kinkster.roll_up_turns() from public, anon, authenticated, service_role;
grant execute on function kinkster.roll_up_turns() to kinkster_worker;
