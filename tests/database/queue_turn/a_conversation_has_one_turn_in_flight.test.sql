begin;
\ir ../setup.psql
select plan(6);

select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}') as kinkster \gset
select pg_temp.talked(:'ada', :'kinkster')::jsonb -> 'plan' as talked \gset
select :'talked'::jsonb ->> 'conversation_id' as conversation, :'talked'::jsonb ->> 'turn_id' as talked \gset
select gen_random_uuid() as turn \gset
\set queue 'select kinkster.queue_turn(%L, %L, %L, ''Hello'')'

select is(pg_temp.as_user(:'ada', :'queue', :'conversation', :'turn', :'talked'), 'true', 'a message is queued');
select is(
  (select array[user_id, conversation_id, turn_id] from kinkster.turns_in_flight), array[:'ada', :'conversation', :'turn']::uuid[], 'it is in flight'
);
select is(
  (select array[status, message, parent_turn_id::text] from public.kinkster_turns where id = :'turn'),
  array['queued', 'Hello', :'talked'],
  'and stored'
);
select is(
  pg_temp.as_user(:'ada', :'queue', :'conversation', gen_random_uuid()::text, :'talked'), 'false', 'another one of the conversation is not'
);
select is((select count(*)::integer from public.kinkster_turns), 2, 'and is not stored');

delete from public.kinkster_turns where id = :'turn';
select is((select count(*)::integer from kinkster.turns_in_flight), 0, 'a turn that is deleted is in flight no more');

select * from finish();
rollback;
