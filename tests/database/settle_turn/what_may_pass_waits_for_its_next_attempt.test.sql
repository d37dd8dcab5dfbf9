begin;
\ir ../setup.psql
select plan(11);

select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}') as kinkster \gset
select pg_temp.began(:'ada', :'kinkster') as first \gset
select :'first'::jsonb #>> '{plan,turn_id}' as turn \gset
select pg_temp.settled(:'first', :'unavailable'::jsonb || '{"reply": "Wel", "shown": false}') as answer \gset

select is(
  :'answer'::jsonb - 'retry_in_seconds', jsonb_build_object(
    'success', true, 'turn_id', :'turn', 'conversation_id', :'first'::jsonb #>> '{plan,conversation_id}', 'status', 'queued',
    'model', null, 'cost_usd', null, 'error', jsonb_build_object('code', 'provider_unavailable', 'message', 'It is having trouble.', 'hint', 'Wait.')
  ), 'it waits, and says why'
);
select ok((:'answer'::jsonb ->> 'retry_in_seconds')::float between 0.4 and 1.5, 'a second or so');
select is(
  (select array[status, attempts::text, reply, reply_is_stale::text, finished_at::text] from public.kinkster_turns),
  array['queued', '1', 'Wel', 'true', null], 'what had arrived is kept, and is known to be old'
);
select is(
  pg_temp.refusal_of('none', null, 'select %s', format('pg_temp.claimed(%L, %L)', :'ada', :'turn')),
  'KW001: This turn is not waiting for a worker.', 'nobody takes it before its time'
);
select is(
  pg_temp.as_role('kinkster_worker', null, 'select kinkster.claim_next_turn(''w'') ->> ''state'''), 'idle', 'nor is it given out'
);
select is(pg_temp.began(:'ada', :'kinkster', p_request => :'turn') ->> 'state', 'waiting', 'the same request follows it');
select pg_temp.later('1.6 seconds');
select pg_temp.as_role('kinkster_worker', null, 'select kinkster.claim_next_turn(''w'')') as second \gset
select is(
  array[:'second'::jsonb #>> '{plan,turn_id}', :'second'::jsonb #>> '{plan,attempt}'], array[:'turn', '2'], 'then a worker does'
);
select is((select error_code from public.kinkster_turns), null, 'and it is no error any more');
select pg_temp.settled(:'second', :'unavailable') as answer \gset
select ok((:'answer'::jsonb ->> 'retry_in_seconds')::float between 0.9 and 3, 'the second time it waits longer');
select pg_temp.later('4 seconds');
select pg_temp.settled(pg_temp.claimed(:'ada', :'turn'), :'unavailable') as answer \gset
select is(
  array[:'answer'::jsonb ->> 'status', :'answer'::jsonb ->> 'retry_in_seconds'], array['failed', null], 'the third time it fails'
);
select is(
  (select array[status, error_code, reply, next_attempt_at::text] from public.kinkster_turns),
  array['failed', 'provider_unavailable', 'Wel', null], 'with all that ever arrived'
);

select * from finish();
rollback;
