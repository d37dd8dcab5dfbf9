begin;
\ir ../setup.psql
select plan(8);

select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}') as kinkster \gset
select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}') as other \gset
select gen_random_uuid() as request \gset
\set send 'select send_kinkster_message(%L, %L, %L, %L)'
select pg_temp.as_user(:'ada', :'send', :'kinkster', 'Hello', null, :'request') as first \gset
select pg_temp.as_user(:'ada', :'send', :'kinkster', 'Hello', null, :'request') as second \gset

select is(:'first'::jsonb ->> 'turn_id', :'request', 'the request id is the turn''s id');
select is(:'second'::jsonb, :'first'::jsonb || '{"created": false}', 'the second answer is the first, and created nothing');
select is((select count(*) from public.kinkster_turns), 1::bigint, 'there is one turn');
select is(
  pg_temp.refusal(:'ada', :'send', kinkster, message, conversation, :'request'),
  'PT409: This request id was used for another message. (Use a new id for each message, and the same id only to send the same message again.)',
  why
) from (values
  (:'kinkster', 'Goodbye', null, 'another message'), (:'other', 'Hello', null, 'another character'),
  (:'kinkster', 'Hello', :'unknown', 'another conversation')
) as r (kinkster, message, conversation, why);
select pg_temp.settled(pg_temp.began(:'ada', :'kinkster', 'Hello', null, :'request')) as x \gset
select is(
  pg_temp.as_user(:'ada', :'send', :'kinkster', 'Hello', null, :'request')::jsonb,
  :'first'::jsonb || '{"created": false, "status": "completed"}', 'after the reply it says so'
);
select pg_temp.new_kinkster(:'bea', '{"provider": "openai_responses"}') as beas \gset
select is(
  pg_temp.as_user(:'bea', :'send', :'beas', 'Hello', null, :'request')::jsonb -> 'created', 'true',
  'another user''s ids are her own'
);

select * from finish();
rollback;
