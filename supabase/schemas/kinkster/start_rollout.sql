-- Starts what was planned, or lets it go on after a pause.
create or replace function kinkster.start_rollout(p_rollout_id uuid)
  returns jsonb
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
declare
  v_now timestamptz := kinkster.now();
  v_rollout kinkster.rollouts := kinkster.find_rollout(p_rollout_id, array['planned', 'paused']);
  v_first integer := (select min(m.stage) from kinkster.rollout_kinksters as m where m.rollout_id = v_rollout.id);
  v_worker text;
begin
  if v_first is null then
    raise sqlstate 'PT409' using
      message = 'No character of this plan moves.',
      hint = 'See in the plan why each stays; give characters a card, or the default chatflow, and plan again.';
  end if;
  select w.name into v_worker
  from kinkster.workers as w
  where w.seen_at > v_now - interval '90 seconds' and w.about ->> 'openai' is null
  limit 1;
  if found then
    raise sqlstate 'PT409' using
      message = pg_catalog.format('The worker %s has no key of the OpenAI API.', v_worker),
      hint = 'Set OPENAI_API_KEY for every worker and start them again: turns that move would fail there.';
  end if;
  update kinkster.rollouts as r
  set
    state = 'running',
    stage = case when r.state = 'planned' then v_first else r.stage end,
    share = case when r.state <> 'planned' then r.share when v_first = 3 then 25 else 100 end,
    started_at = coalesce(r.started_at, v_now),
    stage_started_at = coalesce(r.stage_started_at, v_now),
    measured_since = v_now,
    checked_at = null,
    paused_because = null
  where r.id = v_rollout.id;
  return '{"success": true}' || kinkster.rollout_status(v_rollout.id);
end
$$;

comment on function kinkster.start_rollout(uuid) is
  'What start_kinkster_rollout does, with the right to write rollouts.';

revoke execute on function kinkster.start_rollout(uuid) from public, anon, authenticated, service_role;
grant execute on function kinkster.start_rollout(uuid) to service_role, kinkster_worker;
