-- All go back with their next turn. What has been said stays in the transcript, which Flowise is then told.
create or replace function kinkster.rollback_rollout(p_rollout_id uuid)
  returns jsonb
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
declare
  v_rollout kinkster.rollouts := kinkster.find_rollout(p_rollout_id, array['running', 'paused', 'completed']);
begin
  update kinkster.rollouts as r
  set state = 'rolled_back', ended_at = null
  where r.id = v_rollout.id
  returning r.* into v_rollout;
  perform kinkster.carry_rollout_on(v_rollout);
  return '{"success": true}' || kinkster.rollout_status(v_rollout.id);
end
$$;

comment on function kinkster.rollback_rollout(uuid) is
  'What rollback_kinkster_rollout does, with the right to write characters.';

revoke execute on function kinkster.rollback_rollout(uuid) from public, anon, authenticated, service_role;
grant execute on function kinkster.rollback_rollout(uuid) to service_role, kinkster_worker;
