begin;
\ir ../setup.psql
select plan(7);

select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}') as kinkster \gset
select pg_temp.talked(:'ada', :'kinkster', 'One') #>> '{plan,turn_id}' as one \gset
\set switch 'select public.switch_kinkster_branch(%L)'
\set no_turn 'PT404: There is no turn with this id that you can see. (Use the turn_id that send_kinkster_message returned.)'

select is(pg_temp.refusal(user_id::uuid, :'switch', id), :'no_turn', name) from (values
  (:'ada', null, 'null'), (:'ada', :'unknown', 'unknown'), (:'bea', :'one', 'another user''s')
) as r (user_id, id, name);
select alike(pg_temp.refusal_of('service_role', null, :'switch', :'one'), '42501: %', 'a service key');
select pg_temp.as_user(:'ada', 'select send_kinkster_message(%L, ''Two'')', :'kinkster')::jsonb ->> 'turn_id' as two \gset
select is(
  pg_temp.refusal(:'ada', :'switch', :'one'),
  'PT409: A reply is still being written in this conversation. (Wait for it to end, or cancel it, then switch.)', 'while a message waits'
);
select pg_temp.as_user(:'ada', 'select cancel_kinkster_turn(%L)', :'two') as x \gset
select is(pg_temp.refusal(:'ada', :'switch', :'one'), 'not refused', 'once it is cancelled it may');
select pg_temp.changed(:'ada', 'update kinkster_conversations set state = ''paused''') as x \gset
select is(pg_temp.refusal(:'ada', :'switch', :'one'), 'not refused', 'looking around is no talk: a pause does not forbid it');

select * from finish();
rollback;
