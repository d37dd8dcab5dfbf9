-- What a rollout moved, what that changed, and what stays on Flowise.
create or replace function kinkster.rollout_report(p_rollout_id uuid default null)
  returns jsonb
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
declare
  v_now timestamptz := kinkster.now();
  v_rollout kinkster.rollouts := kinkster.find_rollout(p_rollout_id, null);
begin
  return kinkster.rollout_status(v_rollout.id)
    || pg_catalog.jsonb_build_object('choice', kinkster.rollout_choice(v_rollout.id))
    || case when v_rollout.started_at is null then '{}' else pg_catalog.jsonb_build_object(
      'before', kinkster.rollout_figures(
        v_rollout, 'flowise', v_rollout.started_at - interval '30 days', v_rollout.started_at
      ),
      'after', kinkster.rollout_figures(v_rollout, 'openai_responses', v_rollout.started_at, v_now)
    ) end;
end
$$;

comment on function kinkster.rollout_report(uuid) is
  'rollout_status, with choice: who moves and who stays, and why (kinkster.rollout_choice); and the figures of the characters that it has reached: before, at Flowise in the 30 days up to that of the start (UTC), and after, at the Responses API from that day on. Raises PT404 when there is none.';

revoke execute on function kinkster.rollout_report(uuid) from public, anon, authenticated, service_role;
grant execute on function kinkster.rollout_report(uuid) to service_role, kinkster_worker;
