begin;
\ir ../setup.psql
select plan(4);

select pg_temp.new_kinkster(:'ada', '{"flowise_chatflow_id": "my-flow"}') as kinkster \gset
select pg_temp.talked(:'ada', :'kinkster', 'One') as one \gset
select pg_temp.talked(:'ada', :'kinkster', 'Two') as two \gset
select pg_temp.talked(:'ada', :'kinkster', 'Three') as three \gset
select pg_temp.as_user(:'ada', 'select edit_kinkster_message(%L, ''Two, anew'')', :'two'::jsonb #>> '{plan,turn_id}')::jsonb ->> 'turn_id' as edited \gset
select pg_temp.claimed(:'ada', :'edited') as claimed \gset

select isnt(:'claimed'::jsonb #>> '{plan,session_id}', :'two'::jsonb #>> '{plan,session_id}', 'another session');
select is(
  :'claimed'::jsonb #> '{plan,history}', '[{"role": "user", "content": "One"}, {"role": "assistant", "content": "Well met."}]',
  'that is told what came before'
);
select pg_temp.settled(:'claimed') as x \gset
select pg_temp.as_user(:'ada', 'select switch_kinkster_branch(%L)', :'three'::jsonb #>> '{plan,turn_id}') as x \gset
select pg_temp.talked(:'ada', :'kinkster', 'Four') as four \gset
select is(:'four'::jsonb #>> '{plan,session_id}', :'one'::jsonb #>> '{plan,session_id}', 'the old branch has its session still');
select is(:'four'::jsonb #> '{plan,history}', 'null', 'which remembers it');

select * from finish();
rollback;
