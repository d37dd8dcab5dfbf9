-- The rollout that somebody means, in a state in which what they want to do makes sense; locked until they have done it.
create or replace function kinkster.find_rollout(p_rollout_id uuid, p_states text[])
  returns kinkster.rollouts
  language plpgsql
  volatile
  security invoker
  set search_path = ''
as $$
declare
  v_rollout kinkster.rollouts;
begin
  select r.* into v_rollout
  from kinkster.rollouts as r
  where r.id = coalesce(p_rollout_id, r.id)
  order by coalesce(r.state = any(p_states), false) desc, r.created_at desc, r.id
  limit 1;
  if not found then
    raise sqlstate 'PT404' using
      message = case when p_rollout_id is null then 'There is no rollout yet.' else 'There is no rollout with this id.' end,
      hint = 'plan_kinkster_rollout makes one; left out, the id is that of the present one.';
  end if;
  if p_states is null then
    return v_rollout;
  end if;
  select r.* into v_rollout from kinkster.rollouts as r where r.id = v_rollout.id for no key update;
  if not coalesce(v_rollout.state = any(p_states), false) then
    raise sqlstate 'PT409' using
      message = pg_catalog.format('This rollout is %s.', coalesce(pg_catalog.replace(v_rollout.state, '_', ' '), 'gone')),
      hint = case v_rollout.state
        when 'planned' then 'start_kinkster_rollout starts it.'
        when 'running' then 'advance_kinkster_rollout takes its next step; pause_kinkster_rollout and rollback_kinkster_rollout stop it.'
        when 'paused' then 'start_kinkster_rollout lets it go on; rollback_kinkster_rollout takes it back.'
        when 'completed' then 'rollback_kinkster_rollout takes it back; plan_kinkster_rollout plans another.'
        else 'plan_kinkster_rollout plans another.'
      end;
  end if;
  return v_rollout;
end
$$;

comment on function kinkster.find_rollout(uuid, text[]) is
  'The rollout with this id; for null the newest, one in p_states before others. Locked, unless p_states is null, which allows any. Raises PT404 when there is none, PT409 when it is in another state.';

revoke execute on function kinkster.find_rollout(uuid, text[]) from public, anon, authenticated, service_role;
