-- The next step of a running rollout, once the guardrails say that the last one did no harm.
create or replace function kinkster.advance_rollout(p_rollout_id uuid, p_share integer, p_anyway boolean)
  returns jsonb
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
declare
  v_now timestamptz := kinkster.now();
  v_seen kinkster.rollouts := kinkster.find_rollout(p_rollout_id, null);
  v_rollout kinkster.rollouts := kinkster.find_rollout(v_seen.id, array['running']);
  v_next record;
  v_missing text;
begin
  if (v_rollout.stage, v_rollout.share) is distinct from (v_seen.stage, v_seen.share) then
    raise sqlstate 'PT409' using
      message = 'Somebody else has just advanced this rollout.',
      hint = 'Look at its status, then decide.';
  end if;
  if v_rollout.stage < 4 then
    v_next := kinkster.next_rollout_step(v_rollout);
    if p_share is not null and (
      v_next.stage <> 3 or p_share not between 1 and 100 or (v_rollout.stage = 3 and p_share <= v_rollout.share)
    ) then
      raise sqlstate 'PT422' using
        message = pg_catalog.format('%s is no share to advance to.', p_share),
        hint = case
          when v_next.stage <> 3 then 'Leave it out: a share is for the third stage, as long as not all conversations have moved.'
          else pg_catalog.format('Use %s to 100.', case when v_rollout.stage = 3 then v_rollout.share + 1 else 1 end)
        end;
    end if;
    if not coalesce(p_anyway, false) then
      v_missing := kinkster.rollout_obstacles(kinkster.rollout_guardrails(v_rollout));
      if v_missing is not null then
        raise sqlstate 'PT409' using
          message = 'The rollout is not ready for its next step. ' || v_missing,
          hint = 'Wait for more turns, or look into it; p_anyway (--anyway) advances all the same.';
      end if;
    end if;
    update kinkster.rollouts as r
    set
      stage = v_next.stage,
      share = coalesce(p_share, v_next.share),
      stage_started_at = v_now,
      measured_since = v_now,
      checked_at = null
    where r.id = v_rollout.id
    returning r.* into v_rollout;
  end if;
  if v_rollout.stage = 4 then
    perform kinkster.carry_rollout_on(v_rollout);
  end if;
  return '{"success": true}' || kinkster.rollout_status(v_rollout.id);
end
$$;

comment on function kinkster.advance_rollout(uuid, integer, boolean) is
  'What advance_kinkster_rollout does, with the right to write rollouts and characters.';

revoke execute on function kinkster.advance_rollout(uuid, integer, boolean) from public, anon, authenticated, service_role;
grant execute on function kinkster.advance_rollout(uuid, integer, boolean) to service_role, kinkster_worker;
