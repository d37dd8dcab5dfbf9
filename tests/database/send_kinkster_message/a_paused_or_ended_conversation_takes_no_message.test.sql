begin;
\ir ../setup.psql
select plan(4);

select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}') as kinkster \gset
select pg_temp.talked(:'ada', :'kinkster') #>> '{plan,conversation_id}' as conversation \gset
\set send 'select send_kinkster_message(%L, ''Hello'', %L)'

select pg_temp.changed(:'ada', 'update kinkster_conversations set state = ''paused''') as x \gset
select is(
  pg_temp.refusal(:'ada', :'send', :'kinkster', :'conversation'),
  'PT409: This conversation is paused. (Call resume_kinkster_conversation when you want to go on.)', 'paused'
);
select is(
  pg_temp.refusal(:'ada', :'send', :'kinkster', null),
  'PT409: This conversation is paused. (Call resume_kinkster_conversation when you want to go on.)', 'no way around a pause'
);
select pg_temp.changed(:'ada', 'update kinkster_conversations set state = ''ended''') as x \gset
select is(
  pg_temp.refusal(:'ada', :'send', :'kinkster', :'conversation'),
  'PT409: This conversation is ended. (Start a new conversation, or set its state to active.)', 'ended'
);
select pg_temp.changed(:'ada', 'update kinkster_conversations set state = ''active''') as x \gset
select is(pg_temp.refusal(:'ada', :'send', :'kinkster', :'conversation'), 'not refused', 'active again');

select * from finish();
rollback;
