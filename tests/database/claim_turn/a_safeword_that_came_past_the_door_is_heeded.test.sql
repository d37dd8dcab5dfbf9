begin;
\ir ../setup.psql
select plan(6);

select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}') as kinkster \gset
select pg_temp.talked(:'ada', :'kinkster') #>> '{plan,conversation_id}' as conversation \gset
select gen_random_uuid() as turn \gset
select pg_temp.as_user(:'ada', 'select kinkster.queue_turn(%L, %L, null, ''safeword'')', :'conversation', :'turn') as x \gset
select pg_temp.claimed(:'ada', :'turn') as claimed \gset

select is(
  array[:'claimed'::jsonb ->> 'state', :'claimed'::jsonb ->> 'status'], array['settled', 'completed'], 'its worker is told that it is answered'
);
select alike(:'claimed'::jsonb ->> 'reply', 'You said your safeword, %', 'as every safeword is');
select is(
  (select array[provider, prompt_sha256] from public.kinkster_turns where id = :'turn'), array[null, null]::text[], 'no model is asked'
);
select is(
  (select array[state, head_turn_id::text] from public.kinkster_conversations), array['paused', :'turn'], 'the conversation pauses there'
);
select is((select error_code from public.kinkster_turns where id = :'turn'), null, 'it is no error');

select pg_temp.as_user(:'ada', 'select resume_kinkster_conversation(%L)', :'conversation') as x \gset
select pg_temp.as_user(:'ada', 'select send_kinkster_message(%L, ''green'')', :'kinkster')::jsonb ->> 'turn_id' as waiting \gset
select pg_temp.changed(:'ada', 'update profiles set safewords = ''{green}''') as x \gset
select is(
  pg_temp.claimed(:'ada', :'waiting') ->> 'status', 'completed', 'so is a word that became one while it waited'
);

select * from finish();
rollback;
