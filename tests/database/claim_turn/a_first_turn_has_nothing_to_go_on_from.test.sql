begin;
\ir ../setup.psql
select plan(2);

select pg_temp.began(:'ada', pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}')) as responses \gset
select pg_temp.began(:'ada', pg_temp.new_kinkster(:'ada', '{"flowise_chatflow_id": "my-flow"}')) as flowise \gset

select is(
  (:'responses'::jsonb -> 'plan') - array['user_id', 'turn_id', 'conversation_id', 'lease', 'instructions', 'limits',
    'safety_identifier'],
  '{"attempt": 1, "provider": "openai_responses", "model": "gpt-4o-mini", "message": "Hello", "previous_response_id": null,
    "history": [], "chatflow_id": null, "session_id": null, "lease_seconds": 60}', 'the Responses API'
);
select is(
  (:'flowise'::jsonb -> 'plan') - array['user_id', 'turn_id', 'conversation_id', 'lease', 'instructions', 'limits',
    'safety_identifier', 'session_id'],
  '{"attempt": 1, "provider": "flowise", "model": null, "message": "Hello", "previous_response_id": null,
    "history": [], "chatflow_id": "my-flow", "lease_seconds": 60}', 'Flowise'
);

select * from finish();
rollback;
