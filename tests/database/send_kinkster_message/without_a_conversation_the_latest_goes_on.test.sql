begin;
\ir ../setup.psql
select plan(5);

select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}') as kinkster \gset
select pg_temp.as_user(:'ada', 'insert into kinkster_conversations (kinkster_id) values (%L) returning id', :'kinkster') as older \gset
select pg_temp.as_user(:'ada', 'insert into kinkster_conversations (kinkster_id) values (%L) returning id', :'kinkster') as newer \gset

select is(pg_temp.talked(:'ada', :'kinkster') #>> '{plan,conversation_id}', :'newer', 'the latest');
select is(
  pg_temp.talked(:'ada', :'kinkster', p_conversation => :'older') #>> '{plan,conversation_id}', :'older', 'the one that is named'
);
select is(
  pg_temp.talked(:'ada', :'kinkster') #>> '{plan,conversation_id}', :'older', 'which is the latest from then on'
);
select is(
  (select array_agg(t.parent_turn_id is null order by t.created_at) from public.kinkster_turns as t where t.conversation_id = :'older'),
  array[true, false], 'a turn follows the head of its conversation'
);
select pg_temp.changed(:'ada', 'update kinkster_conversations set state = ''ended''') as x \gset
select isnt(
  all_ids, true, 'ended ones are not gone on with: a new one starts'
) from (
  select pg_temp.talked(:'ada', :'kinkster') #>> '{plan,conversation_id}' in (:'older', :'newer') as all_ids
) as talked;

select * from finish();
rollback;
