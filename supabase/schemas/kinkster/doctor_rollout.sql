-- A rollout that paused by itself found something, and waits for somebody.
create or replace function kinkster.doctor_rollout(out state text, out said text, out todo text)
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  v_rollout record;
begin
  select r.state, r.stage, r.share, r.paused_because::text as paused_because into v_rollout
  from kinkster.rollouts as r
  where r.state in ('planned', 'running', 'paused')
  order by r.created_at desc
  limit 1;
  if v_rollout.state is null then
    state := 'ok';
    said := 'No rollout is under way.';
  elsif v_rollout.state = 'paused' then
    state := 'warning';
    said := pg_catalog.format('The rollout is paused in stage %s: %s', v_rollout.stage, coalesce(v_rollout.paused_because, 'nobody said why.'));
    todo := 'See kinkster rollout status; then kinkster rollout start, or kinkster rollout rollback.';
  else
    state := 'ok';
    said := pg_catalog.format('A rollout is %s, in stage %s, at %s %%.', v_rollout.state, v_rollout.stage, v_rollout.share);
  end if;
end
$$;

comment on function kinkster.doctor_rollout() is 'Whether a rollout is under way, and why it is paused if it is.';

revoke execute on function kinkster.doctor_rollout() from public, anon, authenticated, service_role;
