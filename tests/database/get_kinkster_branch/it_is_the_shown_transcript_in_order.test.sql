begin;
\ir ../setup.psql
select plan(7);

select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}') as kinkster \gset
select pg_temp.as_user(:'ada', 'insert into kinkster_conversations (kinkster_id) values (%L) returning id', :'kinkster') as conversation \gset
\set branch 'select string_agg(role || '' '' || content || '' '' || status, '', '') from get_kinkster_branch(%L)'

select is(pg_temp.as_user(:'ada', :'branch', :'conversation'), null, 'where nothing was said it is empty');
select pg_temp.talked(:'ada', :'kinkster', 'One', '{"reply": "1"}') #>> '{plan,turn_id}' as one \gset
select pg_temp.talked(:'ada', :'kinkster', 'Two', '{"reply": "2"}') #>> '{plan,turn_id}' as two \gset
select pg_temp.talked(:'ada', :'kinkster', 'Three', :'failed') as x \gset
select is(
  pg_temp.as_user(:'ada', :'branch', :'conversation'),
  'user One completed, assistant 1 completed, user Two completed, assistant 2 completed, user Three failed', 'each turn as its messages'
);
select pg_temp.as_user(:'ada', 'select edit_kinkster_message(%L, ''Two, anew'')', :'two') as x \gset
select is(
  pg_temp.as_user(:'ada', :'branch', :'conversation'), 'user One completed, assistant 1 completed, user Two, anew queued',
  'without the branch beside it'
);
select pg_temp.changed(:'ada', 'update kinkster_conversations set head_turn_id = %L', :'one') as x \gset
select is(pg_temp.as_user(:'ada', :'branch', :'conversation'), 'user One completed, assistant 1 completed', 'up to the head alone');
\set no_conversation 'PT404: There is no conversation with this id that you can see. (Use the conversation_id that send_kinkster_message returned.)'
select is(pg_temp.refusal(user_id::uuid, :'branch', id), :'no_conversation', name) from (values
  (:'ada', null, 'null'), (:'ada', :'unknown', 'unknown'), (:'bea', :'conversation', 'another user''s')
) as r (user_id, id, name);

select * from finish();
rollback;
