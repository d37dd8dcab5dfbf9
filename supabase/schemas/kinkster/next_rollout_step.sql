-- What comes next: stages that have no characters are passed over.
create or replace function kinkster.next_rollout_step(p_rollout kinkster.rollouts, out stage integer, out share integer)
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
begin
  if p_rollout.stage = 3 and p_rollout.share < 100 then
    stage := 3;
    share := case when p_rollout.share < 25 then 25 when p_rollout.share < 50 then 50 else 100 end;
    return;
  end if;
  select coalesce(min(m.stage), 4) into stage
  from kinkster.rollout_kinksters as m
  where m.rollout_id = p_rollout.id and m.stage > p_rollout.stage;
  share := case stage when 3 then 25 else 100 end;
end
$$;

comment on function kinkster.next_rollout_step(kinkster.rollouts) is
  'Stage and share that a rollout advances to.';

revoke execute on function kinkster.next_rollout_step(kinkster.rollouts) from public, anon, authenticated, service_role;
