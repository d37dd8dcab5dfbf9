-- How a rollout stands, for the operator.
create or replace function kinkster.rollout_status(p_rollout_id uuid default null)
  returns jsonb
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
declare
  v_rollout kinkster.rollouts := kinkster.find_rollout(p_rollout_id, null);
  v_is_on boolean := v_rollout.state in ('running', 'paused');
  v_next record := kinkster.next_rollout_step(v_rollout);
  v_guardrails jsonb := case when v_is_on then kinkster.rollout_guardrails(v_rollout) else '[]' end;
begin
  return kinkster.rollout_as_json(v_rollout) || pg_catalog.jsonb_build_object(
    'kinksters', (
      select pg_catalog.jsonb_build_object(
        'all', count(*),
        'reached', count(*) filter (where m.stage <= v_rollout.stage),
        'moved', count(*) filter (where m.moved_at is not null and m.restored_at is null),
        'restored', count(*) filter (where m.restored_at is not null),
        'left', count(*) filter (where m.left_because is not null)
      )
      from kinkster.rollout_kinksters as m
      where m.rollout_id = v_rollout.id and m.stage is not null
    ),
    'conversations', (
      select pg_catalog.jsonb_build_object(
        'all', count(*),
        'reached', count(*) filter (where m.stage <= v_rollout.stage),
        'moved', count(*) filter (where c.rollout_id = v_rollout.id)
      )
      from kinkster.rollout_kinksters as m
      join public.kinkster_conversations as c on c.kinkster_id = m.kinkster_id
      where m.rollout_id = v_rollout.id and m.stage is not null
    ),
    'guardrails', v_guardrails,
    'next', case when v_is_on and v_rollout.stage < 4 then
      pg_catalog.jsonb_build_object(
        'stage', v_next.stage, 'share', v_next.share, 'obstacles', kinkster.rollout_obstacles(v_guardrails)
      )
    end
  );
end
$$;

comment on function kinkster.rollout_status(uuid) is
  'How a rollout stands, the newest for null: state, stage, share, times and paused_because; kinksters (all, reached by the present stage, moved: own provider set, restored, left) and conversations (all, reached, moved); guardrails, while it is running or paused; next, its next step with the obstacles to it. Raises PT404 when there is none.';

revoke execute on function kinkster.rollout_status(uuid) from public, anon, authenticated, service_role;
grant execute on function kinkster.rollout_status(uuid) to service_role, kinkster_worker;
