-- From one or two characters to ten, to all, to the end.
create or replace function public.advance_kinkster_rollout(
  p_rollout_id uuid default null,
  p_share integer default null,
  p_anyway boolean default false
)
  returns jsonb
  language plpgsql
  volatile
  security invoker
  set search_path = ''
as $$
begin
  return kinkster.advance_rollout(p_rollout_id, p_share, p_anyway);
end
$$;

comment on function public.advance_kinkster_rollout(uuid, integer, boolean) is
  'Takes the next step of the running rollout: the second stage; the third with a quarter, half, and all of the conversations (or p_share of a hundred); at last the characters'' own provider, and it is completed. Returns kinkster.rollout_status. Raises PT404, PT422 for a share that makes no sense, and PT409 when it is not running, somebody else has just advanced it, or, unless p_anyway, a guardrail is broken or too few turns say anything.';

revoke execute on function public.advance_kinkster_rollout(uuid, integer, boolean) from public, anon, authenticated, service_role;
grant execute on function public.advance_kinkster_rollout(uuid, integer, boolean) to service_role, kinkster_worker;
