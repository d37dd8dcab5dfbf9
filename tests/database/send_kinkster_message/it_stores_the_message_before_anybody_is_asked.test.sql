begin;
\ir ../setup.psql
select plan(4);

select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}') as kinkster \gset
select pg_temp.as_user(:'ada', 'select send_kinkster_message(%L, %L)', :'kinkster', e' Hello,\n"world" 🎭 ') as sent \gset

select is(
  :'sent'::jsonb - array['turn_id', 'conversation_id'], '{"success": true, "created": true, "status": "queued", "safeword_seen": false}', 'the answer'
);
select is(
  (select array[user_id::text, message, status, reply, provider,
    lease::text] from public.kinkster_turns where id = (:'sent'::jsonb ->> 'turn_id')::uuid),
  array[:'ada', e' Hello,\n"world" 🎭 ', 'queued', '', null, null], 'the turn waits, with the message as it was sent'
);
select is(
  (select array[user_id::text, kinkster_id::text, state,
    head_turn_id::text] from public.kinkster_conversations where id = (:'sent'::jsonb ->> 'conversation_id')::uuid),
  array[:'ada', :'kinkster', 'active', :'sent'::jsonb ->> 'turn_id'], 'the conversation shows it'
);
select is(
  pg_temp.as_user(:'ada', 'select content from kinkster_messages'), e' Hello,\n"world" 🎭 ', 'its user reads it'
);

select * from finish();
rollback;
