begin;
\ir ../setup.psql
select plan(9);

select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}') as kinkster \gset
select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}') as other \gset
select pg_temp.as_user(:'ada', 'insert into kinkster_conversations (kinkster_id) values (%L) returning id', :'kinkster') as older \gset
select pg_temp.began(:'ada', :'kinkster', 'Hello', :'older') as began \gset
select :'began'::jsonb #>> '{plan,turn_id}' as turn \gset
select pg_temp.as_user(:'ada', 'insert into kinkster_conversations (kinkster_id) values (%L) returning id', :'kinkster') as newer \gset

-- What a safeword stops, and where it was heeded.
create function pg_temp.stopped(p_kinkster uuid, p_conversation uuid, p_request uuid, p_turn uuid) returns text[] language plpgsql as $$
declare
  v_sent jsonb;
  v_answer text[];
begin
  v_sent := pg_temp.as_user(
    '00000000-0000-4000-8000-00000000ada0', 'select send_kinkster_message(%L, ''safeword'', %L, %L)', p_kinkster::text, p_conversation::text,
    p_request::text
  );
  v_answer := array[v_sent ->> 'conversation_id', (select t.error_code from public.kinkster_turns as t where t.id = p_turn)];
  raise sqlstate 'ZZ000';
exception when sqlstate 'ZZ000' then
  return v_answer;
end $$;
select is(pg_temp.stopped(kinkster::uuid, conversation::uuid, request::uuid, :'turn'), array[:'older', 'safeword'], name) from (values
  (:'kinkster', :'older', gen_random_uuid()::text, 'a request as it should be'),
  (:'kinkster', null, null, 'without a conversation: the one that is being answered, be there a later one'),
  (:'kinkster', :'unknown', null, 'with a conversation that is none'),
  (:'other', :'older', null, 'with another character than the conversation''s'),
  (:'unknown', :'older', null, 'with a character that is none'),
  (null, :'older', null, 'with no character'),
  (:'kinkster', :'older', :'turn', 'with the id of the message that is being answered')
) as s (kinkster, conversation, request, name);
select is(
  pg_temp.stopped(:'kinkster', :'newer', null, :'turn'), array[:'newer', null], 'a conversation that is there is the one that is meant'
);
select is(
  pg_temp.began(:'ada', :'kinkster', 'safeword', null, :'turn', '/api/flowise/chat') ->> 'status', 'completed', 'over HTTP too'
);

select * from finish();
rollback;
