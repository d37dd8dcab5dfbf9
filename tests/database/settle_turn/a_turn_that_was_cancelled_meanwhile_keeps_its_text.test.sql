begin;
\ir ../setup.psql
select plan(8);

select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}') as kinkster \gset

-- What becomes of a reply of which 'Wel' is stored, when the worker settles it after it was stopped.
create function pg_temp.stopped(p_kinkster uuid, p_code text, p_outcome jsonb) returns text[] language plpgsql as $$
declare
  c_ada constant uuid := '00000000-0000-4000-8000-00000000ada0';
  v_began jsonb := pg_temp.began(c_ada, p_kinkster, 'Hello ' || gen_random_uuid());
  v_answer jsonb;
begin
  perform pg_temp.kept(v_began, 0, 'Wel');
  perform kinkster.stop_turns(c_ada, p_code);
  v_answer := pg_temp.settled(v_began, p_outcome);
  return (
    select array[t.status, t.error_code, t.reply, v_answer ->> 'status', v_answer #>> '{error,code}']
    from public.kinkster_turns as t where t.id = (v_began #>> '{plan,turn_id}')::uuid
  );
end $$;
select is(
  pg_temp.stopped(:'kinkster', code, outcome), array['cancelled', code, reply, 'cancelled', code], name
) from (values
  ('cancelled', '{"reply": "Well met."}'::jsonb, 'Well met.', 'cancelled: what had arrived is kept, were it the whole'),
  ('cancelled', '{"status": "failed", "reply": "Well", "error_code": "worker_error", "error_message": "m", "error_hint": "h"}', 'Well', 'however it ended'),
  ('cancelled', '{"status": "cancelled", "reply": "We"}', 'Wel', 'no less than what is stored'),
  ('cancelled', '{"status": "cancelled", "reply": "Another"}', 'Wel', 'and no other'),
  ('cancelled', '{"status": "cancelled", "reply": null}', 'Wel', 'nor nothing'),
  ('safeword', '{"reply": "Well met."}', 'Wel', 'after a safeword nothing is added'),
  ('paused', '{"reply": "Well met."}', 'Wel', 'nor after a pause')
) as c (code, outcome, reply, name);
select is(
  (select count(*) from public.kinkster_turns where status = 'cancelled' and lease_expires_at is not null), 7::bigint, 'each ended once'
);

select * from finish();
rollback;
