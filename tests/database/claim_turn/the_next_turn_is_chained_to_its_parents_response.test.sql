begin;
\ir ../setup.psql
select plan(5);

select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}') as kinkster \gset
select pg_temp.talked(:'ada', :'kinkster', 'One', '{"response_id": "resp_one"}') as one \gset
select pg_temp.talked(:'ada', :'kinkster', 'Two', '{"response_id": "resp_two"}') as two \gset
select pg_temp.began(:'ada', :'kinkster', 'Three') as three \gset

select is(:'two'::jsonb #>> '{plan,previous_response_id}', 'resp_one', 'the second follows the first');
select is(:'two'::jsonb #> '{plan,history}', 'null', 'and is told nothing again');
select is(:'three'::jsonb #>> '{plan,previous_response_id}', 'resp_two', 'the third follows the second');
select is(
  array(select continuity from public.kinkster_turns order by created_at), array['new', 'chained', 'chained'], 'it is noted'
);
update public.kinksters set openai_previous_response_id = 'resp_elsewhere';
select pg_temp.settled(:'three', '{"response_id": "resp_three"}') as x \gset
update public.kinksters set openai_previous_response_id = 'resp_elsewhere';
select is(
  pg_temp.began(:'ada', :'kinkster', 'Four') #>> '{plan,previous_response_id}', 'resp_three',
  'the character''s column decides nothing'
);

select * from finish();
rollback;
