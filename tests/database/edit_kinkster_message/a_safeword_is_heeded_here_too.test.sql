begin;
\ir ../setup.psql
select plan(4);

select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}') as kinkster \gset
select pg_temp.talked(:'ada', :'kinkster', 'One') #>> '{plan,turn_id}' as one \gset
select pg_temp.began(:'ada', :'kinkster', 'Two') #>> '{plan,turn_id}' as two \gset
select pg_temp.as_user(:'ada', 'select edit_kinkster_message(%L, ''No: safeword'')', :'one') as sent \gset

select is(:'sent'::jsonb ->> 'status', 'completed', 'even while a reply is being written');
select is((select error_code from public.kinkster_turns where id = :'two'), 'safeword', 'which stops');
select is((select state from public.kinkster_conversations), 'paused', 'the conversation pauses');
select is(
  (select parent_turn_id::text from public.kinkster_turns where message = 'No: safeword'), :'two', 'it was said after all the rest'
);

select * from finish();
rollback;
