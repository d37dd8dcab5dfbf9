begin;
\ir ../setup.psql
select plan(7);

select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}') as kinkster \gset
select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}') as other \gset
select pg_temp.new_kinkster(:'bea', '{"provider": "openai_responses"}') as beas \gset
select pg_temp.new_kinkster(null, '{"provider": "openai_responses"}') as system \gset
select pg_temp.talked(:'ada', :'other') #>> '{plan,conversation_id}' as others \gset
select pg_temp.talked(:'bea', :'system') #>> '{plan,conversation_id}' as beas_conversation \gset
\set send 'select send_kinkster_message(%L, ''Hello'', %L)'

select is(
  pg_temp.refusal(:'ada', :'send', id, null),
  :'no_kinkster',
  which
) from (values (null, 'null kinkster'), (:'unknown', 'unknown kinkster'), (:'beas', 'foreign kinkster')) as k (id, which);
select is(
  pg_temp.refusal(:'ada', :'send', kinkster, id),
  'PT404: There is no conversation with this id between you and this kinkster. '
  '(Check the id, or leave it out to go on with the latest conversation.)',
  which
) from (values
  (:'kinkster', :'unknown', 'unknown conversation'), (:'kinkster', :'others', 'conversation with another character'),
  (:'system', :'beas_conversation', 'foreign conversation')
) as c (kinkster, id, which);
select is((select count(*) from public.kinkster_turns where status = 'queued'), 0::bigint, 'nothing is stored');

select * from finish();
rollback;
