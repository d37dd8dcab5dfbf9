-- A rollout in the words of its functions' answers.
create or replace function kinkster.rollout_as_json(p_rollout kinkster.rollouts)
  returns jsonb
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
begin
  return pg_catalog.jsonb_build_object(
    'rollout_id', p_rollout.id,
    'state', p_rollout.state,
    'stage', p_rollout.stage,
    'share', p_rollout.share,
    'created_at', p_rollout.created_at,
    'started_at', p_rollout.started_at,
    'stage_started_at', p_rollout.stage_started_at,
    'measured_since', p_rollout.measured_since,
    'ended_at', p_rollout.ended_at,
    'paused_because', p_rollout.paused_because
  );
end
$$;

comment on function kinkster.rollout_as_json(kinkster.rollouts) is
  'rollout_id, state, stage, share, paused_because and the times of a rollout.';

revoke execute on function kinkster.rollout_as_json(kinkster.rollouts) from public, anon, authenticated, service_role;
