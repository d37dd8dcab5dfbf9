begin;
\ir ../setup.psql
select plan(8);

select pg_temp.new_kinkster(:'ada', '{"flowise_chatflow_id": "my-flow"}') as kinkster \gset
select pg_temp.talked(:'ada', :'kinkster', 'One') as one \gset
select pg_temp.began(:'ada', :'kinkster', 'Two') as first \gset
\set claim 'select kinkster.claim_turn(%L, %L, ''another worker'')'

select is(
  pg_temp.refusal_of('kinkster_worker', null, :'claim', :'ada', :'first'::jsonb #>> '{plan,turn_id}'),
  'KW001: This turn is not waiting for a worker.', 'a lease that runs keeps others out'
);
update kinkster.settings set clock_offset = '61 seconds';
select pg_temp.as_role('kinkster_worker', null, :'claim', :'ada', :'first'::jsonb #>> '{plan,turn_id}') as second \gset
select is(:'second'::jsonb #>> '{plan,attempt}', '2', 'when it has run out another worker takes the turn');
select isnt(:'second'::jsonb #>> '{plan,lease}', :'first'::jsonb #>> '{plan,lease}', 'under a lease of its own');
select isnt(
  :'second'::jsonb #>> '{plan,session_id}', :'one'::jsonb #>> '{plan,session_id}',
  'Flowise may have heard the message: a new session'
);
select is(jsonb_array_length(:'second'::jsonb #> '{plan,history}'), 2, 'with the history');
select is(
  pg_temp.refusal_of('none', null, 'select %s', format('pg_temp.settled(%L)', :'first')),
  :'lease_lost', 'the first worker is too late'
);
select is(pg_temp.settled(:'second') ->> 'status', 'completed', 'the second is not');
select is(
  pg_temp.refusal_of('kinkster_worker', null, :'claim', :'ada', :'first'::jsonb #>> '{plan,turn_id}'),
  'KW001: This turn is not waiting for a worker.', 'a settled turn is nobody''s to claim'
);

select * from finish();
rollback;
