-- Moving characters from Flowise to the Responses API begins with a plan, which moves nobody.
create or replace function public.plan_kinkster_rollout()
  returns jsonb
  language plpgsql
  volatile
  security invoker
  set search_path = ''
as $$
begin
  return kinkster.plan_rollout();
end
$$;

comment on function public.plan_kinkster_rollout() is
  'Plans a rollout, in place of one that was planned and not started: chooses the simple characters among those of Flowise, in stages of two, up to ten, and all, and says for each why it is simple, or why it stays (kinkster.rollout_choice). Changes no character. Raises PT409 while a rollout is running or paused.';

revoke execute on function public.plan_kinkster_rollout() from public, anon, authenticated, service_role;
grant execute on function public.plan_kinkster_rollout() to service_role, kinkster_worker;
