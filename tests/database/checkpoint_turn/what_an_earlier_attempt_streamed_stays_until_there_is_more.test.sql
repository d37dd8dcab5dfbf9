begin;
\ir ../setup.psql
select plan(6);

select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}') as kinkster \gset
select gen_random_uuid() as request \gset
\set checkpoint 'select kinkster.checkpoint_turn(%L, %L, %L, %L)'
select pg_temp.began(:'ada', :'kinkster', 'Hello', null, :'request') #>> '{plan,lease}' as first \gset
select pg_temp.as_role('kinkster_worker', null, :'checkpoint', :'ada', :'request', :'first', 'Wel') as x \gset
update kinkster.settings set clock_offset = '61 seconds';
select pg_temp.began(:'ada', :'kinkster', 'Hello', null, :'request') as second \gset
select :'second'::jsonb #>> '{plan,lease}' as lease \gset

create function pg_temp.reply() returns text language sql as 'select reply from public.kinkster_turns';
select is(pg_temp.reply(), 'Wel', 'claimed again');
select pg_temp.as_role('kinkster_worker', null, :'checkpoint', :'ada', :'request', :'lease', '') as x \gset
select is(pg_temp.reply(), 'Wel', 'a checkpoint before any text');
savepoint no_text;
select pg_temp.settled(:'second', :'failed') as x \gset
select is(pg_temp.reply(), 'Wel', 'an end without text');
rollback to no_text;
select pg_temp.as_role('kinkster_worker', null, :'checkpoint', :'ada', :'request', :'lease', 'H') as x \gset
select is(pg_temp.reply(), 'H', 'the new reply takes its place');
savepoint some_text;
select is(
  pg_temp.refusal_of('none', null, 'select %s', format('pg_temp.settled(%L, ''{"reply": ""}'')', :'second')),
  '23514: completed_turn_has_a_reply', 'an empty reply is never completed by it'
);
rollback to some_text;
select pg_temp.settled(:'second') as x \gset
select is(pg_temp.reply(), 'Well met.', 'up to its end');

select * from finish();
rollback;
