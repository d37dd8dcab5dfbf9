-- Nobody new moves; who has moved stays.
create or replace function kinkster.pause_rollout(p_rollout_id uuid, p_reason text)
  returns jsonb
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
declare
  v_rollout kinkster.rollouts := kinkster.find_rollout(p_rollout_id, array['running']);
begin
  update kinkster.rollouts as r
  set
    state = 'paused',
    paused_because = case when kinkster.is_blank(p_reason) then 'Paused by hand.' else pg_catalog.left(p_reason, 1000) end
  where r.id = v_rollout.id;
  return '{"success": true}' || kinkster.rollout_status(v_rollout.id);
end
$$;

comment on function kinkster.pause_rollout(uuid, text) is
  'What pause_kinkster_rollout does, with the right to write rollouts.';

revoke execute on function kinkster.pause_rollout(uuid, text) from public, anon, authenticated, service_role;
grant execute on function kinkster.pause_rollout(uuid, text) to service_role, kinkster_worker;
