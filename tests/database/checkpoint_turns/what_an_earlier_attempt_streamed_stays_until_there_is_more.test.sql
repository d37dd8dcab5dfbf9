begin;
\ir ../setup.psql
select plan(9);

select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}') as kinkster \gset
select pg_temp.began(:'ada', :'kinkster') as first \gset
select :'first'::jsonb #>> '{plan,turn_id}' as turn \gset
select pg_temp.kept(:'first', 0, 'Wel', false) as x \gset
select pg_temp.later('61 seconds');
select pg_temp.claimed(:'ada', :'turn') as second \gset
create function pg_temp.reply() returns text language sql as $$ select reply || ' ' || reply_is_stale from public.kinkster_turns $$;

select is(pg_temp.reply(), 'Wel true', 'claimed again');
select is(pg_temp.kept(:'second', 0, ''), 'kept', 'a heartbeat');
select is(pg_temp.reply(), 'Wel true', 'keeps it');
select is((select is_shown from public.kinkster_turns), false, 'and shows nothing of it');
savepoint no_text;
select pg_temp.settled(:'second', :'failed') as x \gset
select is(pg_temp.reply(), 'Wel false', 'an end without text');
rollback to no_text;
select pg_temp.kept(:'second', 0, 'H') as x \gset
select is(pg_temp.reply(), 'H false', 'the new reply takes its place');
savepoint some_text;
select is(
  pg_temp.refusal_of('none', null, 'select %s', format('pg_temp.settled(%L, ''{"reply": ""}'')', :'second')),
  '23514: completed_turn_has_a_reply', 'an empty reply is never completed by it'
);
rollback to some_text;
select is(pg_temp.settled(:'second') ->> 'status', 'completed', 'a whole one is');
select is(pg_temp.reply(), 'Well met. false', 'to its end');

select * from finish();
rollback;
