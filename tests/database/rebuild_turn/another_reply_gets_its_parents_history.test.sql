begin;
\ir ../setup.psql
select plan(3);

select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}') as kinkster \gset
select pg_temp.talked(:'ada', :'kinkster', 'One') as x \gset
select pg_temp.talked(:'ada', :'kinkster', 'Two') #>> '{plan,turn_id}' as two \gset
select pg_temp.as_user(:'ada', 'select regenerate_kinkster_reply(%L)', :'two')::jsonb ->> 'turn_id' as again \gset
select pg_temp.claimed(:'ada', :'again') as claimed \gset

select is(:'claimed'::jsonb #>> '{plan,previous_response_id}', 'resp_1', 'chained to a response that has expired');
select is(
  pg_temp.as_role('kinkster_worker', null, 'select kinkster.rebuild_turn(%L, %L, %L)', :'ada', :'again', :'claimed'::jsonb #>> '{plan,lease}')::jsonb,
  '[{"role": "user", "content": "One"}, {"role": "assistant", "content": "Well met."}]', 'it is told what came before, and not the old reply'
);
select is(pg_temp.settled(:'claimed') ->> 'status', 'completed', 'and answered');

select * from finish();
rollback;
