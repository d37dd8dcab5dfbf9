-- The end of a rollout, as far as it goes in one transaction: workers carry it on.
create or replace function kinkster.carry_rollout_on(p_rollout kinkster.rollouts)
  returns void
  language plpgsql
  volatile
  security invoker
  set search_path = ''
as $$
begin
  if kinkster.set_rollout_providers(p_rollout) = 0 then
    update kinkster.rollouts as r
    set
      state = case when p_rollout.state = 'running' then 'completed' else p_rollout.state end,
      ended_at = kinkster.now()
    where r.id = p_rollout.id;
  end if;
end
$$;

comment on function kinkster.carry_rollout_on(kinkster.rollouts) is
  'Sets the next characters'' own provider in the last stage of a rollout, or back after a rollback, and ends it when none is left. The caller has locked it.';

revoke execute on function kinkster.carry_rollout_on(kinkster.rollouts) from public, anon, authenticated, service_role;
