-- The first one or two characters move, with all their conversations.
create or replace function public.start_kinkster_rollout(p_rollout_id uuid default null)
  returns jsonb
  language plpgsql
  volatile
  security invoker
  set search_path = ''
as $$
begin
  return kinkster.start_rollout(p_rollout_id);
end
$$;

comment on function public.start_kinkster_rollout(uuid) is
  'Starts the planned rollout with its first stage, or lets a paused one go on, with its figures measured anew. From then on conversations move with their next turn. Returns kinkster.rollout_status. Raises PT404 for an unknown one, PT409 when it is neither planned nor paused, nobody moves, or a worker has no key of the OpenAI API.';

revoke execute on function public.start_kinkster_rollout(uuid) from public, anon, authenticated, service_role;
grant execute on function public.start_kinkster_rollout(uuid) to service_role, kinkster_worker;
