begin;
\ir ../setup.psql
select plan(6);

select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}') as kinkster \gset
select pg_temp.talked(:'ada', :'kinkster', 'One') #>> '{plan,turn_id}' as one \gset
select gen_random_uuid() as request \gset
\set again 'select regenerate_kinkster_reply(%L, %L)'
select pg_temp.as_user(:'ada', :'again', :'one', :'request') as first \gset

select is(:'first'::jsonb ->> 'turn_id', :'request', 'the request id is the turn''s');
select is(pg_temp.as_user(:'ada', :'again', :'one', :'request')::jsonb, :'first'::jsonb || '{"created": false}', 'again while it waits');
select pg_temp.settled(pg_temp.claimed(:'ada', :'request')) as x \gset
select is(
  pg_temp.as_user(:'ada', :'again', :'one', :'request')::jsonb, :'first'::jsonb || '{"created": false, "status": "completed"}',
  'and when it has ended'
);
select is(
  pg_temp.as_user(:'ada', :'again', :'one', :'one')::jsonb ->> 'created', 'false', 'the old turn''s own id is the old turn'
);
select is((select count(*) from public.kinkster_turns), 2::bigint, 'there are two');
select is(
  pg_temp.as_user(:'ada', :'again', :'one', null)::jsonb ->> 'created', 'true', 'without an id each call is another'
);

select * from finish();
rollback;
