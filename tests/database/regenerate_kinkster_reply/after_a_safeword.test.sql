begin;
\ir ../setup.psql
select plan(6);

select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}') as kinkster \gset
select pg_temp.talked(:'ada', :'kinkster', 'One', '{"response_id": "resp_one"}') as one \gset
select pg_temp.began(:'ada', :'kinkster', 'Two') as two \gset
select :'two'::jsonb #>> '{plan,turn_id}' as stopped, :'two'::jsonb #>> '{plan,conversation_id}' as conversation \gset
select pg_temp.kept(:'two', 0, 'Wel') as x \gset
select pg_temp.as_user(:'ada', 'select send_kinkster_message(%L, ''safeword'')', :'kinkster')::jsonb ->> 'turn_id' as safeword \gset
\set again 'select regenerate_kinkster_reply(%L)'

select alike(pg_temp.refusal(:'ada', :'again', :'stopped'), 'PT409: This conversation is paused. %', 'nothing begins while it is paused');
select is(
  pg_temp.refusal(:'ada', :'again', :'safeword'),
  'PT409: The answer to a safeword stays as it is. (Resume the conversation, then send another message.)', 'the answer is no model''s'
);
select pg_temp.as_user(:'ada', 'select resume_kinkster_conversation(%L)', :'conversation') as x \gset
select alike(pg_temp.refusal(:'ada', :'again', :'safeword'), 'PT409: The answer to a safeword %', 'and never becomes one');
select pg_temp.as_user(:'ada', :'again', :'stopped')::jsonb ->> 'turn_id' as anew \gset
select pg_temp.claimed(:'ada', :'anew') as claimed \gset
select is(:'claimed'::jsonb #>> '{plan,previous_response_id}', 'resp_one', 'then the reply that it stopped may be asked for');
select is(
  (select array[status, reply] from public.kinkster_turns where id = :'stopped'), array['cancelled', 'Wel'], 'which stays as it stopped'
);
select is((select reply like 'You said your safeword%' from public.kinkster_turns where id = :'safeword'), true, 'as the safeword does');

select * from finish();
rollback;
