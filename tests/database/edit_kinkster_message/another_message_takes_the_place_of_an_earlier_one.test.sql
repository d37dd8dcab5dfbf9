begin;
\ir ../setup.psql
select plan(8);

select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}') as kinkster \gset
select pg_temp.talked(:'ada', :'kinkster', 'One', '{"response_id": "resp_one"}') #>> '{plan,turn_id}' as one \gset
select pg_temp.talked(:'ada', :'kinkster', 'Two', '{"response_id": "resp_two"}') #>> '{plan,turn_id}' as two \gset
select pg_temp.talked(:'ada', :'kinkster', 'Three') #>> '{plan,turn_id}' as three \gset
select pg_temp.as_user(:'ada', 'select edit_kinkster_message(%L, ''Two and a half'')', :'two') as sent \gset
select :'sent'::jsonb ->> 'turn_id' as edited \gset

select is(
  (select array[message, parent_turn_id::text, status] from public.kinkster_turns where id = :'edited'),
  array['Two and a half', :'one', 'queued'], 'a new turn under the same parent'
);
select pg_temp.claimed(:'ada', :'edited') as claimed \gset
select is(:'claimed'::jsonb #>> '{plan,previous_response_id}', 'resp_one', 'answered as if the old one had never been said');
select pg_temp.settled(:'claimed', '{"reply": "Two and a half indeed."}') as x \gset
select is(
  pg_temp.as_user(:'ada', 'select string_agg(content, '', '') from get_kinkster_branch(%L)', :'sent'::jsonb ->> 'conversation_id'),
  'One, Well met., Two and a half, Two and a half indeed.', 'it is what the conversation shows'
);
select is(
  (select array_agg(message order by created_at) from public.kinkster_turns where id in (:'two', :'three')), array['Two', 'Three'],
  'what came after the old one stays on its own branch'
);
select pg_temp.began(:'ada', :'kinkster', 'And on', p_stateless => true) as next \gset
select is(
  (:'next'::jsonb #> '{plan,history}') -> -2, '{"role": "user", "content": "Two and a half"}', 'the next message goes on from it'
);
select is(jsonb_array_length(:'next'::jsonb #> '{plan,history}'), 4, 'and knows nothing of the other branch');
select pg_temp.settled(:'next') as x \gset
select pg_temp.as_user(:'ada', 'select edit_kinkster_message(%L, ''One, in other words'')', :'one')::jsonb ->> 'turn_id' as first \gset
select is((select parent_turn_id from public.kinkster_turns where id = :'first'), null, 'the first message may be another too');
select is(pg_temp.claimed(:'ada', :'first') #> '{plan,history}', '[]', 'with nothing before it');

select * from finish();
rollback;
