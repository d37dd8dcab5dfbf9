begin;
\ir ../setup.psql
select plan(6);

select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}') as kinkster \gset
select pg_temp.talked(:'ada', :'kinkster', 'One', :'failed'::jsonb || '{"reply": "Wel", "response_id": "resp_half"}') as x \gset
select pg_temp.talked(:'ada', :'kinkster', 'Two') as two \gset

select is(:'two'::jsonb #> '{plan,previous_response_id}', 'null', 'a failed reply is not gone on from');
select is(
  :'two'::jsonb #> '{plan,history}', '[{"role": "user", "content": "One"}, {"role": "assistant", "content": "Wel"}]',
  'what had arrived is told'
);
select pg_temp.talked(:'ada', :'kinkster', 'Three', '{"status": "cancelled", "reply": "", "error_code": "client_gone"}') as x \gset
select pg_temp.talked(:'ada', :'kinkster', 'Four', '{"api": "chat_completions", "response_id": null}') as four \gset
select is(:'four'::jsonb #> '{plan,previous_response_id}', 'null', 'nor is a cancelled one');
select is(
  (:'four'::jsonb #> '{plan,history}') -> -1, '{"role": "user", "content": "Three"}', 'a reply of nothing is not told'
);
select pg_temp.talked(:'ada', :'kinkster', 'Five', '{"response_id": null}') as five \gset
select is(:'five'::jsonb #> '{plan,previous_response_id}', 'null', 'Chat Completions remembers nothing');
select is(
  pg_temp.began(:'ada', :'kinkster', 'Six') #> '{plan,previous_response_id}', 'null', 'nor does a reply without an id'
);

select * from finish();
rollback;
