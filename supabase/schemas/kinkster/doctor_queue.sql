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
