begin;
\ir ../setup.psql
select plan(9);

select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}') as kinkster \gset
select pg_temp.talked(:'ada', :'kinkster', 'One', '{"response_id": "resp_one"}') #>> '{plan,turn_id}' as one \gset
select pg_temp.talked(:'ada', :'kinkster', 'Two', '{"response_id": "resp_two"}') #>> '{plan,turn_id}' as two \gset
select pg_temp.as_user(:'ada', 'select regenerate_kinkster_reply(%L)', :'two') as sent \gset
select :'sent'::jsonb ->> 'turn_id' as again \gset

select is(
  :'sent'::jsonb - array['turn_id', 'conversation_id'],
  '{"success": true, "created": true, "status": "queued", "safeword_seen": false}', 'it waits as any message does'
);
select isnt(:'again'::text, :'two', 'it is another turn');
select is(
  (select array[message, parent_turn_id::text] from public.kinkster_turns where id = :'again'), array['Two', :'one'],
  'with the same message, under the same parent'
);
select is((select head_turn_id::text from public.kinkster_conversations), :'again', 'which is shown');
select is(
  (select array[reply, response_id] from public.kinkster_turns where id = :'two'), array['Well met.', 'resp_two'], 'the old one stays'
);
select pg_temp.claimed(:'ada', :'again') as claimed \gset
select is(:'claimed'::jsonb #>> '{plan,previous_response_id}', 'resp_one', 'its context is the parent''s');
select is(:'claimed'::jsonb #> '{plan,history}', 'null', 'which the provider remembers');
select pg_temp.settled(:'claimed', '{"response_id": "resp_again"}') as x \gset
select is(
  pg_temp.talked(:'ada', :'kinkster', 'Three') #>> '{plan,previous_response_id}', 'resp_again', 'the next message goes on from the new reply'
);
select is(
  pg_temp.as_user(:'ada', 'select string_agg(content, '', '') from get_kinkster_branch(%L)', :'sent'::jsonb ->> 'conversation_id'),
  'One, Well met., Two, Well met., Three, Well met.', 'and it is said once'
);

select * from finish();
rollback;
