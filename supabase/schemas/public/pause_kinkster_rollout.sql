-- Time to look into something.
create or replace function public.pause_kinkster_rollout(
  p_rollout_id uuid default null,
  p_reason text default null
)
  returns jsonb
  language plpgsql
  volatile
  security invoker
  set search_path = ''
as $$
begin
  return kinkster.pause_rollout(p_rollout_id, p_reason);
end
$$;

comment on function public.pause_kinkster_rollout(uuid, text) is
  'Pauses the running rollout: no further conversation moves, and those that have moved stay. start_kinkster_rollout lets it go on. Returns kinkster.rollout_status. Raises PT404, and PT409 when it is not running.';

revoke execute on function public.pause_kinkster_rollout(uuid, text) from public, anon, authenticated, service_role;
grant execute on function public.pause_kinkster_rollout(uuid, text) to service_role, kinkster_worker;
