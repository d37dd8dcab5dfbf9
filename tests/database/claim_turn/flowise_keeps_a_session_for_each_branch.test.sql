begin;
\ir ../setup.psql
select plan(11);

select pg_temp.new_kinkster(:'ada', '{"flowise_chatflow_id": "my-flow"}') as kinkster \gset
select pg_temp.talked(:'ada', :'kinkster', 'One') as one \gset
select pg_temp.talked(:'ada', :'kinkster', 'Two') as two \gset

select is(:'two'::jsonb #>> '{plan,session_id}', :'one'::jsonb #>> '{plan,session_id}', 'a conversation goes on in its session');
select is(:'two'::jsonb #> '{plan,history}', 'null', 'which remembers');
-- Back to the first turn: the session has heard the second, and the branch has not.
select pg_temp.changed(:'ada', 'update kinkster_conversations set head_turn_id = %L', :'one'::jsonb #>> '{plan,turn_id}') as x \gset
select pg_temp.talked(:'ada', :'kinkster', 'Two again') as sibling \gset
select isnt(:'sibling'::jsonb #>> '{plan,session_id}', :'one'::jsonb #>> '{plan,session_id}', 'a branch gets a session of its own');
select is(
  :'sibling'::jsonb #> '{plan,history}', '[{"role": "user", "content": "One"}, {"role": "assistant", "content": "Well met."}]',
  'and is told its own past, no other branch''s'
);
select pg_temp.talked(:'ada', :'kinkster', 'Three') as three \gset
select is(:'three'::jsonb #>> '{plan,session_id}', :'sibling'::jsonb #>> '{plan,session_id}', 'it goes on there');
select is(
  :'three'::jsonb #> '{plan,history}', :'sibling'::jsonb #> '{plan,history}',
  'and is told the same past again: Flowise keeps no history that it is given'
);
select pg_temp.changed(:'ada', 'update kinkster_conversations set head_turn_id = %L', :'two'::jsonb #>> '{plan,turn_id}') as x \gset
select pg_temp.talked(:'ada', :'kinkster', 'Three of two', :'failed') as old \gset
select is(:'old'::jsonb #>> '{plan,session_id}', :'one'::jsonb #>> '{plan,session_id}', 'the first branch still has its own');
select is(:'old'::jsonb #> '{plan,history}', 'null', 'which has heard all of it');
select pg_temp.talked(:'ada', :'kinkster', 'Four of two') as after_failure \gset
select isnt(
  :'after_failure'::jsonb #>> '{plan,session_id}', :'one'::jsonb #>> '{plan,session_id}',
  'after a failed turn, who knows what it remembers'
);
select pg_temp.talked(:'ada', pg_temp.new_kinkster(:'ada', '{"flowise_chatflow_id": "my-flow"}')) as other \gset
select isnt(:'other'::jsonb #>> '{plan,session_id}', :'one'::jsonb #>> '{plan,session_id}',
  'another conversation has another session');
select pg_temp.talked(:'bea', pg_temp.new_kinkster(null, '{"flowise_chatflow_id": "my-flow"}')) as beas \gset
select isnt(:'beas'::jsonb #>> '{plan,session_id}', :'one'::jsonb #>> '{plan,session_id}', 'another user too');

select * from finish();
rollback;
