begin;
\ir ../setup.psql
select plan(3);

select pg_temp.began(:'ada', pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}')) as first \gset
select :'first'::jsonb #>> '{plan,turn_id}' as turn \gset
select pg_temp.kept(:'first', 0, 'Wel', false) as x \gset
select pg_temp.later('61 seconds');
select pg_temp.claimed(:'ada', :'turn') as second \gset
select pg_temp.as_user(:'ada', 'select cancel_kinkster_turn(%L)', :'turn') as x \gset
savepoint cancelled;
select pg_temp.settled(:'second', :'failed'::jsonb || '{"reply": "Hullo"}') as x \gset
select is((select reply from public.kinkster_turns), 'Hullo', 'it had text of its own');
rollback to cancelled;
select pg_temp.settled(:'second', :'failed') as x \gset
select is((select reply from public.kinkster_turns), 'Wel', 'it had none');
select is((select status from public.kinkster_turns), 'cancelled', 'either way it was cancelled');

select * from finish();
rollback;
