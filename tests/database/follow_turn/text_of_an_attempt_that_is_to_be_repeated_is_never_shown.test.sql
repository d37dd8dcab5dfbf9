begin;
\ir ../setup.psql
select plan(4);

select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}') as kinkster \gset
select pg_temp.began(:'ada', :'kinkster') as first \gset
select :'first'::jsonb #>> '{plan,turn_id}' as turn \gset
select pg_temp.settled(:'first', :'unavailable'::jsonb || '{"reply": "Wel"}') as x \gset

select is(
  pg_temp.followed(:'ada', :'turn') - array['state', 'user_id', 'turn_id', 'conversation_id', 'error', 'tag'],
  '{"status": "queued", "text": "", "due": false}', 'while it waits'
);
select is((select is_shown from public.kinkster_turns), false, 'so it may be repeated');
select pg_temp.later('2 seconds');
select is(pg_temp.followed(:'ada', :'turn') -> 'due', 'true', 'when it is due');
select pg_temp.claimed(:'ada', :'turn') as second \gset
select is(pg_temp.followed(:'ada', :'turn') ->> 'text', '', 'nor while the next attempt has none');

select * from finish();
rollback;
