-- What workers do for a rollout, each every half minute: one of them at a time looks at the guardrails of the running one
-- and pauses it when one is broken; and whoever comes by carries an end on that was too long for one transaction.
create or replace function kinkster.watch_rollout()
  returns jsonb
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
declare
  c_pause constant interval := interval '20 seconds';
  v_now timestamptz := kinkster.now();
  v_rollout kinkster.rollouts;
  v_broken text;
begin
  for v_rollout in
    select r.*
    from kinkster.rollouts as r
    where (r.state = 'running' and coalesce(r.checked_at <= v_now - c_pause, true))
      or (r.state = 'rolled_back' and r.ended_at is null)
    order by r.created_at
    for no key update skip locked
  loop
    if v_rollout.state = 'rolled_back' or v_rollout.stage = 4 then
      perform kinkster.carry_rollout_on(v_rollout);
    else
      select pg_catalog.string_agg(g ->> 'because', ' ') into v_broken
      from pg_catalog.jsonb_array_elements(kinkster.rollout_guardrails(v_rollout)) as g
      where g ->> 'state' = 'broken';
      update kinkster.rollouts as r
      set
        checked_at = v_now,
        state = case when v_broken is null then r.state else 'paused' end,
        paused_because = v_broken
      where r.id = v_rollout.id;
    end if;
  end loop;
  select r.* into v_rollout from kinkster.rollouts as r where r.state in ('running', 'paused');
  return pg_catalog.jsonb_build_object(
    'state', coalesce(v_rollout.state, 'none'),
    'rollout_id', v_rollout.id,
    'paused', v_broken is not null,
    'because', v_broken
  );
end
$$;

comment on function kinkster.watch_rollout() is
  'Checks the guardrails of the running rollout, unless that was done a moment ago, and pauses it when one is broken; carries on what sets characters'' own provider at an end. Returns state (running, paused, or none), and whether this call paused it (paused), with the reason (because).';

revoke execute on function kinkster.watch_rollout() from public, anon, authenticated, service_role;
grant execute on function kinkster.watch_rollout() to kinkster_worker;
