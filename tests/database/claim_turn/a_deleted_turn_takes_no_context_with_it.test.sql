begin;
\ir ../setup.psql
select plan(5);

select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}') as kinkster \gset
select pg_temp.talked(:'ada', :'kinkster', 'One', '{"response_id": "resp_one"}') #>> '{plan,turn_id}' as one \gset
select pg_temp.talked(:'ada', :'kinkster', 'Two') #>> '{plan,turn_id}' as two \gset
select pg_temp.as_user(:'ada', 'select edit_kinkster_message(%L, ''Two, anew'')', :'two')::jsonb ->> 'turn_id' as anew \gset
select pg_temp.settled(pg_temp.claimed(:'ada', :'anew')) as x \gset

delete from public.kinkster_turns where id = :'two';
select is((select head_turn_id::text from public.kinkster_conversations), :'anew', 'a deleted sibling leaves the head');
delete from public.kinkster_turns where id = :'anew';
select pg_temp.began(:'ada', :'kinkster', 'Three') as three \gset
select is(:'three'::jsonb #>> '{plan,previous_response_id}', 'resp_one', 'without a head the newest that is left is gone on from');
select is((select parent_turn_id::text from public.kinkster_turns where message = 'Three'), :'one', 'which is the parent');
select pg_temp.settled(:'three') as x \gset
delete from public.kinkster_turns where id = :'one';
select pg_temp.talked(:'ada', :'kinkster', 'Four', p_outcome => '{"response_id": "resp_four"}') as four \gset
select is(:'four'::jsonb #>> '{plan,previous_response_id}', 'resp_1', 'a chain lives on at the provider');
delete from public.kinkster_turns;
select is(pg_temp.began(:'ada', :'kinkster', 'Five') #> '{plan,history}', '[]', 'and where all is deleted it begins anew');

select * from finish();
rollback;
