begin;
\ir ../setup.psql
select plan(6);

select pg_temp.new_kinkster(null, '{"provider": "openai_responses"}') as system \gset
select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}') as own \gset
select pg_temp.began(:'ada', :'system', 'Hello') as adas \gset
select :'adas'::jsonb #>> '{plan,turn_id}' as turn, :'adas'::jsonb #>> '{plan,conversation_id}' as conversation \gset

select isnt(
  pg_temp.as_user(:'bea', 'select send_kinkster_message(%L, ''safeword'', %L, %L)', :'system', :'conversation', :'turn')::jsonb ->> 'conversation_id',
  :'conversation', 'with another''s conversation and request id it is heeded in one''s own'
);
select is((select status from public.kinkster_turns where user_id = :'ada'), 'streaming', 'hers goes on');
select is((select state from public.kinkster_conversations where user_id = :'ada'), 'active', 'and is not paused');
select is(
  pg_temp.as_user(:'bea', 'select kinkster.heed_safeword(%L, %L, ''safeword'')', :'conversation', :'unknown'), 'false',
  'not by the function beneath'
);
select alike(
  pg_temp.refusal(:'bea', 'select send_kinkster_message(%L, ''safeword'')', :'own'), 'PT404: %', 'with a character that one cannot see there is nothing to stop'
);
select is(pg_temp.settled(:'adas') ->> 'status', 'completed', 'to its end');

select * from finish();
rollback;
