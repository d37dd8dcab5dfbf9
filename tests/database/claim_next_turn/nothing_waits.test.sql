begin;
\ir ../setup.psql
select plan(4);

\set claim 'select kinkster.claim_next_turn(''w'', %L)'
select is(pg_temp.as_role('kinkster_worker', null, :'claim', null)::jsonb, '{"state": "idle"}', 'no turn at all');
select is(pg_temp.as_role('kinkster_worker', null, :'claim', :'ada')::jsonb, '{"state": "idle"}', 'nor after a user');

select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}') as kinkster \gset
select pg_temp.talked(:'ada', :'kinkster') as x \gset
select pg_temp.began(:'ada', :'kinkster', 'Two') as x \gset
select is(
  pg_temp.as_role('kinkster_worker', null, :'claim', null)::jsonb, '{"state": "idle"}', 'what has ended or streams does not wait'
);
update public.kinkster_turns set status = 'queued', next_attempt_at = kinkster.now() + interval '1 minute' where message = 'Two';
select is(
  pg_temp.as_role('kinkster_worker', null, :'claim', null)::jsonb, '{"state": "idle"}', 'nor what is to be tried again later'
);

select * from finish();
rollback;
