begin;
\ir ../setup.psql
select plan(4);

select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}') as kinkster \gset
select gen_random_uuid() as request \gset
\set store 'select kinkster.store_message(%L, ''Hello'', null, %L)'

select pg_temp.as_user(:'ada', :'store', :'kinkster', :'request') as stored \gset
select is(
  :'stored'::jsonb - 'conversation_id',
  jsonb_build_object('success', true, 'created', true, 'turn_id', :'request', 'status', 'queued', 'safeword_seen', false), 'a turn that waits'
);
select is(
  pg_temp.as_user(:'ada', 'select send_kinkster_message(%L, ''Hello'', null, %L)', :'kinkster', :'request')::jsonb,
  :'stored'::jsonb || '{"created": false}', 'which send_kinkster_message knows by the same request id'
);
select is((select count(*) from public.kinkster_turns), 1::bigint, 'once');
select is(
  pg_temp.refusal_of('service_role', null, :'store', :'kinkster', :'request'),
  'PT403: Only a signed-in user can send a message. (Call this with the user''s token, not with a service key.)', 'for a user alone'
);

select * from finish();
rollback;
