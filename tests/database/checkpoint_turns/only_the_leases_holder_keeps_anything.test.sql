begin;
\ir ../setup.psql
select plan(8);

select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}') as kinkster \gset
select pg_temp.began(:'ada', :'kinkster') as began \gset

select is(pg_temp.kept(jsonb_set(:'began', path::text[], to_jsonb(value)), 0, 'x'), 'lost', name) from (values
  ('{plan,lease}', :'unknown', 'another lease'), ('{plan,user_id}', :'bea', 'another user')
) as c (path, value, name);
select is((select reply from public.kinkster_turns), '', 'nothing is stored');
select pg_temp.later('61 seconds');
select pg_temp.claimed(:'ada', (:'began'::jsonb #>> '{plan,turn_id}')::uuid) as again \gset
select is(pg_temp.kept(:'began', 0, 'x'), 'lost', 'one that another worker has taken');
select pg_temp.settled(:'again') as x \gset
select is(pg_temp.kept(:'again', 0, 'x'), 'lost', 'one that is settled');
select pg_temp.began(:'ada', :'kinkster', 'Two') as two \gset
select pg_temp.as_user(:'ada', 'select cancel_kinkster_turn(%L)', :'two'::jsonb #>> '{plan,turn_id}') as x \gset
select is(pg_temp.kept(:'two', 0, 'x'), 'lost', 'one that was cancelled');
delete from public.kinkster_turns where message = 'Two';
select is(pg_temp.kept(:'two', 0, 'x'), 'lost', 'one that was deleted');
select is((select array_agg(reply) from public.kinkster_turns), array['Well met.'], 'nothing of it is stored');

select * from finish();
rollback;
