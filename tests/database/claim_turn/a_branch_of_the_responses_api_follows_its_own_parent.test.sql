begin;
\ir ../setup.psql
select plan(2);

select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}') as kinkster \gset
select pg_temp.talked(:'ada', :'kinkster', 'One', '{"response_id": "resp_one"}') as one \gset
select pg_temp.talked(:'ada', :'kinkster', 'Two', '{"response_id": "resp_two"}') as two \gset
select pg_temp.changed(:'ada', 'update kinkster_conversations set head_turn_id = %L', :'one'::jsonb #>> '{plan,turn_id}') as x \gset

select is(
  pg_temp.talked(:'ada', :'kinkster', 'Two again') #>> '{plan,previous_response_id}', 'resp_one', 'a branch goes on from its parent'
);
select pg_temp.as_user(:'ada', 'select edit_kinkster_message(%L, ''One again'')', :'one'::jsonb #>> '{plan,turn_id}') as edited \gset
select is(
  pg_temp.claimed(:'ada', (:'edited'::jsonb ->> 'turn_id')::uuid) #> '{plan,history}', '[]', 'another first turn has no past'
);

select * from finish();
rollback;
