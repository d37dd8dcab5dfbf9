begin;
\ir ../setup.psql
select plan(5);

select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}') as kinkster \gset
select gen_random_uuid() as good, gen_random_uuid() as bad \gset
select pg_temp.began(:'ada', :'kinkster', 'Hello', null, :'good') as first \gset
select left(:'first'::jsonb #>> '{plan,lease}', 8) as tag \gset
select is(
  pg_temp.began(:'ada', :'kinkster', 'Hello', null, :'good') - 'conversation_id',
  jsonb_build_object(
    'state', 'waiting', 'user_id', :'ada', 'turn_id', :'good', 'status', 'streaming', 'tag', :'tag', 'reply', '', 'error', null
  ), 'while it streams there is nothing to replay: it is followed'
);
select pg_temp.settled(:'first') as x \gset
select is(
  pg_temp.began(:'ada', :'kinkster', 'Hello', null, :'good'),
  jsonb_build_object(
    'state', 'settled', 'user_id', :'ada', 'turn_id', :'good', 'conversation_id', :'first'::jsonb #>> '{plan,conversation_id}',
    'status', 'completed', 'reply', 'Well met.', 'error', null, 'tag', :'tag'
  ), 'a reply'
);
select pg_temp.settled(pg_temp.began(:'ada', :'kinkster', 'Again', null, :'bad'), :'failed'::jsonb || '{"reply": "Well"}') as x \gset
select pg_temp.talked(:'ada', :'kinkster', 'Something else') as x \gset
select is(
  pg_temp.began(:'ada', :'kinkster', 'Again', null, :'bad') - array['turn_id', 'conversation_id', 'user_id', 'tag'],
  '{"state": "settled", "status": "failed", "reply": "Well",
    "error": {"code": "provider_timeout", "message": "It took too long.", "hint": "Ask again."}}',
  'a failure that others followed, with what had arrived'
);
select is(
  pg_temp.began(:'ada', :'kinkster', 'Hello', null, :'good') ->> 'reply', 'Well met.', 'however long ago'
);
select is((select count(*) from public.kinkster_turns), 3::bigint, 'nothing is stored');

select * from finish();
rollback;
