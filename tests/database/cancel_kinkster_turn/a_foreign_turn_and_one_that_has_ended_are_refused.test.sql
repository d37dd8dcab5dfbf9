begin;
\ir ../setup.psql
select plan(7);

select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}') as kinkster \gset
select pg_temp.talked(:'ada', :'kinkster', 'One') #>> '{plan,turn_id}' as whole \gset
select pg_temp.talked(:'ada', :'kinkster', 'Two', :'failed') #>> '{plan,turn_id}' as failure \gset
select pg_temp.as_user(:'ada', 'select send_kinkster_message(%L, ''Three'')', :'kinkster')::jsonb ->> 'turn_id' as waiting \gset
\set no_turn 'PT404: There is no turn with this id that you can see. (Use the turn_id that send_kinkster_message returned.)'
\set ended 'PT409: This turn has ended already. (Read its reply; only a turn that waits or streams can be cancelled.)'

select is(
  pg_temp.refusal(user_id::uuid, 'select cancel_kinkster_turn(%L)', turn_id), refusal, why
) from (values
  (:'ada', :'unknown', :'no_turn', 'unknown'),
  (:'bea', :'waiting', :'no_turn', 'another user''s'),
  (:'ada', :'whole', :'ended', 'whole'),
  (:'ada', :'failure', :'ended', 'failed'),
  (:'ada', :'waiting', 'not refused', 'one''s own that waits'),
  (:'ada', :'waiting', :'ended', 'twice')
) as c (user_id, turn_id, refusal, why);
select is(
  (select array_agg(status order by created_at) from public.kinkster_turns), array['completed', 'failed', 'cancelled'],
  'what has ended stays as it ended'
);

select * from finish();
rollback;
