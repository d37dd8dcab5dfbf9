begin;
\ir ../setup.psql
select plan(7);

select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}') as kinkster \gset
select pg_temp.talked(:'ada', :'kinkster', 'One') #>> '{plan,conversation_id}' as conversation \gset
\set resume 'select resume_kinkster_conversation(%L)'
select xmin || ' ' || ctid as before from public.kinkster_conversations \gset

select is(
  pg_temp.as_user(:'ada', :'resume', :'conversation')::jsonb,
  jsonb_build_object('success', true, 'conversation_id', :'conversation', 'state', 'active'), 'an active one is active'
);
select is((select xmin || ' ' || ctid from public.kinkster_conversations), :'before', 'and its row is as it was');
select pg_temp.as_user(:'ada', 'select send_kinkster_message(%L, ''safeword'')', :'kinkster') as x \gset
select is(pg_temp.as_user(:'ada', :'resume', :'conversation')::jsonb ->> 'state', 'active', 'a paused one is active');
select is((select state from public.kinkster_conversations), 'active', 'in its row');
select pg_temp.began(:'ada', :'kinkster', 'I am back.') as began \gset
select is(:'began'::jsonb ->> 'state', 'claimed', 'a message is taken again');
select is(:'began'::jsonb #> '{plan,previous_response_id}', 'null', 'the provider has not heard of the safeword');
select is(
  :'began'::jsonb #> '{plan,history,2,content}', '"safeword"', 'so it is told the transcript, with the safeword in it'
);

select * from finish();
rollback;
