begin;
\ir ../setup.psql
select plan(7);

select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}') as kinkster \gset
select pg_temp.talked(:'ada', :'kinkster', 'One') #>> '{plan,turn_id}' as one \gset
select pg_temp.talked(:'ada', :'kinkster', 'Two') #>> '{plan,turn_id}' as two \gset
select pg_temp.talked(:'ada', :'kinkster', 'Three', '{"response_id": "resp_three"}') #>> '{plan,turn_id}' as three \gset
select pg_temp.as_user(:'ada', 'select edit_kinkster_message(%L, ''Two, anew'')', :'two')::jsonb ->> 'turn_id' as anew \gset
select pg_temp.settled(pg_temp.claimed(:'ada', :'anew')) as x \gset
select id as conversation from public.kinkster_conversations \gset
\set switch 'select switch_kinkster_branch(%L)'

select is(
  pg_temp.as_user(:'ada', :'switch', :'two')::jsonb,
  jsonb_build_object('success', true, 'conversation_id', :'conversation', 'head_turn_id', :'three'), 'from the turn down to its end'
);
select is(
  pg_temp.as_user(:'ada', 'select string_agg(content, '', '') from get_kinkster_branch(%L) where role = ''user''', :'conversation'),
  'One, Two, Three', 'that is what is shown'
);
select is(pg_temp.as_user(:'ada', :'switch', :'one')::jsonb ->> 'head_turn_id', :'anew', 'below a fork the newest');
select is(pg_temp.as_user(:'ada', :'switch', :'anew')::jsonb ->> 'head_turn_id', :'anew', 'an end is its own end');
select is(pg_temp.as_user(:'ada', :'switch', :'three')::jsonb ->> 'head_turn_id', :'three', 'and back');
select is(
  pg_temp.talked(:'ada', :'kinkster', 'Four') #>> '{plan,previous_response_id}', 'resp_three', 'the next message goes on from there'
);
select is((select count(*) from public.kinkster_turns), 5::bigint, 'switching stores nothing');

select * from finish();
rollback;
