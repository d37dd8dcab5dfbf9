-- One statement, and everybody is back where they were. Nothing is lost.
create or replace function public.rollback_kinkster_rollout(p_rollout_id uuid default null)
  returns jsonb
  language plpgsql
  volatile
  security invoker
  set search_path = ''
as $$
begin
  return kinkster.rollback_rollout(p_rollout_id);
end
$$;

comment on function public.rollback_kinkster_rollout(uuid) is
  'Takes a rollout back, also a completed one: each conversation is answered by its character''s own provider from its next turn on and is told its transcript; own providers that the rollout set are set back, unless somebody has changed them since. Returns kinkster.rollout_status. Raises PT404, and PT409 when it was not started or is rolled back already.';

revoke execute on function public.rollback_kinkster_rollout(uuid) from public, anon, authenticated, service_role;
grant execute on function public.rollback_kinkster_rollout(uuid) to service_role, kinkster_worker;
