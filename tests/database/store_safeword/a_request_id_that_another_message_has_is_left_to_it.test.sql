begin;
\ir ../setup.psql
select plan(5);

select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}') as kinkster \gset
select pg_temp.talked(:'ada', :'kinkster', 'Hello') #>> '{plan,turn_id}' as request \gset
select pg_temp.as_user(:'ada', 'select send_kinkster_message(%L, ''safeword'', null, %L)', :'kinkster', :'request') as sent \gset

select isnt(:'sent'::jsonb ->> 'turn_id', :'request', 'it gets its own');
select is(:'sent'::jsonb - array['turn_id', 'conversation_id'],
  '{"success": true, "created": true, "status": "completed", "safeword_seen": true}', 'and is heeded');
select is(
  (select array[message, reply] from public.kinkster_turns where id = :'request'), array['Hello', 'Well met.'], 'the other message stays'
);
select is((select count(*) from public.kinkster_turns where safeword_seen), 1::bigint, 'it is stored once');
select is((select state from public.kinkster_conversations), 'paused', 'the conversation pauses');

select * from finish();
rollback;
