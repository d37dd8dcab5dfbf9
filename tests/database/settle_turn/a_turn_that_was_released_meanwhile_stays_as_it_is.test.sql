begin;
\ir ../setup.psql
select plan(4);

select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}') as kinkster \gset
select pg_temp.began(:'ada', :'kinkster', 'One') as lost \gset
select pg_temp.kept(:'lost', 0, 'Wel') as x \gset
select pg_temp.later('61 seconds');
select pg_temp.as_user(:'ada', 'select send_kinkster_message(%L, ''Two'')', :'kinkster') as x \gset

select is(
  pg_temp.refusal_of('none', null, 'select %s', format('pg_temp.settled(%L, %L)', :'lost', outcome)), :'lease_lost', name
) from (values
  ('{"reply": "Well met."}'::jsonb, 'a reply that came too late'),
  (:'failed'::jsonb || '{"reply": "Well"}', 'a failure of its own'),
  ('{"status": "cancelled", "reply": "Well", "error_code": "client_gone"}', 'a client that left')
) as o (outcome, name);
select is(
  (select array[status, reply, error_code] from public.kinkster_turns where message = 'One'), array['failed', 'Wel', 'worker_lost'],
  'what its user was told stands'
);

select * from finish();
rollback;
