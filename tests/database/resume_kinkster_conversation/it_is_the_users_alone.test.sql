begin;
\ir ../setup.psql
select plan(7);

select pg_temp.talked(:'ada', pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}')) #>> '{plan,conversation_id}' as conversation \gset
select pg_temp.changed(:'ada', 'update kinkster_conversations set state = ''paused''') as x \gset
\set resume 'select public.resume_kinkster_conversation(%L)'

select is(
  pg_temp.refusal(:'bea', :'resume', id),
  'PT404: There is no conversation with this id that you can see. (Use the conversation_id that send_kinkster_message returned.)', name
) from (values (:'conversation', 'another''s'), (:'unknown', 'unknown'), (null, 'null')) as c (id, name);
select alike(pg_temp.refusal_of('service_role', null, :'resume', :'conversation'), '42501: %', 'not a service key');
select alike(
  pg_temp.refusal_of('service_role', null, 'update public.kinkster_conversations set state = ''active'' where id = %L', :'conversation'),
  '42501: %', 'which writes no state itself'
);
select is((select state from public.kinkster_conversations), 'paused', 'it is still paused');
select pg_temp.changed(:'ada', 'update kinkster_conversations set state = ''ended''') as x \gset
select is(
  pg_temp.refusal(:'ada', :'resume', :'conversation'),
  'PT409: This conversation has ended. (Start a new one: insert a row with the kinkster_id into kinkster_conversations.)',
  'one that has ended stays so'
);

select * from finish();
rollback;
