begin;
\ir ../setup.psql
select plan(3);

select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}') as kinkster \gset
select pg_temp.talked(:'ada', :'kinkster')::jsonb -> 'plan' as talked \gset
select :'talked'::jsonb ->> 'conversation_id' as conversation, :'talked'::jsonb ->> 'turn_id' as talked \gset
\set queue 'select kinkster.queue_turn(%L, %L, null, ''Hello'')'

select is(pg_temp.as_user(:'ada', :'queue', :'conversation', :'talked'), 'false', 'the id of a turn is no other turn''s');
select is((select count(*)::integer from kinkster.turns_in_flight), 0, 'nothing is in flight');
select is(pg_temp.as_user(:'ada', :'queue', :'conversation', gen_random_uuid()::text), 'true', 'the next message is taken');

select * from finish();
rollback;
