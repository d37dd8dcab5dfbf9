begin;
\ir ../setup.psql
select plan(7);

select pg_temp.new_kinkster(:'ada', '{"flowise_chatflow_id": "my-flow"}') as kinkster \gset
select pg_temp.talked(:'ada', :'kinkster', 'One') as one \gset
select pg_temp.talked(:'ada', :'kinkster', 'Two') as two \gset
select pg_temp.as_user(:'ada', 'select regenerate_kinkster_reply(%L)', :'two'::jsonb #>> '{plan,turn_id}')::jsonb ->> 'turn_id' as again \gset
select pg_temp.claimed(:'ada', :'again') as claimed \gset

select isnt(:'claimed'::jsonb #>> '{plan,session_id}', :'one'::jsonb #>> '{plan,session_id}', 'the session has heard the old one');
select is(
  :'claimed'::jsonb #> '{plan,history}', '[{"role": "user", "content": "One"}, {"role": "assistant", "content": "Well met."}]',
  'another is told what came before'
);
select pg_temp.settled(:'claimed') as x \gset

-- The sibling that went on with the session is deleted: the session has heard it all the same.
delete from public.kinkster_turns where id in (:'again', (:'two'::jsonb #>> '{plan,turn_id}')::uuid);
select is((select head_turn_id from public.kinkster_conversations), null, 'the head is gone');
select pg_temp.talked(:'ada', :'kinkster', 'Two, anew') as anew \gset
select isnt(:'anew'::jsonb #>> '{plan,session_id}', :'one'::jsonb #>> '{plan,session_id}', 'a deleted turn''s session is not gone on with');
select is(
  :'anew'::jsonb #> '{plan,history}', '[{"role": "user", "content": "One"}, {"role": "assistant", "content": "Well met."}]',
  'the context goes on from the newest turn that is left'
);
select is(
  (select parent_turn_id::text from public.kinkster_turns where message = 'Two, anew'), :'one'::jsonb #>> '{plan,turn_id}', 'which is its parent'
);
select pg_temp.talked(:'ada', :'kinkster', 'Three') as three \gset
select is(:'three'::jsonb #>> '{plan,session_id}', :'anew'::jsonb #>> '{plan,session_id}', 'and from there its session goes on');

select * from finish();
rollback;
