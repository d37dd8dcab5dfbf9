begin;
\ir ../setup.psql
select plan(11);

select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}') as kinkster \gset
select pg_temp.talked(:'ada', :'kinkster', 'One') #>> '{plan,turn_id}' as one \gset
\set edit 'select public.edit_kinkster_message(%L, %L)'
\set no_turn 'PT404: There is no turn with this id that you can see. (Use the turn_id that send_kinkster_message returned.)'

select is(pg_temp.refusal(user_id::uuid, :'edit', id, 'Hello'), :'no_turn', name) from (values
  (:'ada', null, 'null'), (:'ada', :'unknown', 'unknown'), (:'bea', :'one', 'another user''s')
) as r (user_id, id, name);
select alike(pg_temp.refusal(:'ada', :'edit', :'one', message), refusal, name) from (values
  (null, 'PT422: The message is blank. %', 'no message'),
  (e' \u200b', 'PT422: The message is blank. %', 'a blank one'),
  (repeat('x', 32001), 'PT422: The message has 32001 characters%', 'one that is too long')
) as r (message, refusal, name);
select alike(pg_temp.refusal_of('service_role', null, :'edit', :'one', 'Hello'), '42501: %', 'a service key');
select gen_random_uuid() as request \gset
select pg_temp.as_user(:'ada', 'select edit_kinkster_message(%L, ''Two'', %L)', :'one', :'request') as first \gset
select is(
  pg_temp.as_user(:'ada', 'select edit_kinkster_message(%L, ''Two'', %L)', :'one', :'request')::jsonb, :'first'::jsonb || '{"created": false}',
  'the same request is one turn'
);
select alike(
  pg_temp.refusal(:'ada', 'select edit_kinkster_message(%L, ''Three'', %L)', :'one', :'request'),
  'PT409: This request id was used for another message. %', 'and for no other words'
);
select alike(pg_temp.refusal(:'ada', :'edit', :'one', 'Four'), 'PT409: A reply is still being written %', 'while one is being written');
select is((select count(*) from public.kinkster_turns), 2::bigint, 'nothing more is stored');

select * from finish();
rollback;
