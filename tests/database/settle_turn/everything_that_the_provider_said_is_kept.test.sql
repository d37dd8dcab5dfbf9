begin;
\ir ../setup.psql
select plan(4);

select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses", "openai_model": "gpt-asked"}') as kinkster \gset
select pg_temp.talked(:'ada', :'kinkster', 'Hello', '{
  "model": "gpt-answered", "first_text_ms": 120, "input_tokens": 3000000000, "cached_tokens": 2, "cache_write_tokens": 4,
  "output_tokens": 3, "reasoning_tokens": 1
}') as x \gset
select is(
  (select to_jsonb(t) - array['user_id', 'id', 'conversation_id', 'created_at', 'prompt_sha256', 'limits_sha256', 'worker', 'lease', 'lease_expires_at', 'started_at', 'finished_at', 'limits']
   from public.kinkster_turns as t),
  '{"parent_turn_id": null, "message": "Hello", "status": "completed", "reply": "Well met.", "provider": "openai_responses", "api": "responses",
    "model": "gpt-answered", "response_id": "resp_1", "session_id": null, "session_follows_turn_id": null, "continuity": "new",
    "attempts": 1,
    "next_attempt_at": null, "first_text_ms": 120, "input_tokens": 3000000000, "cached_tokens": 2, "output_tokens": 3,
    "reasoning_tokens": 1, "cache_write_tokens": 4, "cost_usd": null,
    "error_code": null, "error_message": null, "error_hint": null, "is_shown": false, "reply_is_stale": false, "followed_until": null,
    "session_taken": false, "rerouted_from": null, "replaced_model": null, "rebuilt_because": null, "safeword_seen": false, "asked_again_at": null}',
  'a reply'
);
select ok((select finished_at >= started_at from public.kinkster_turns), 'when it ended');
select pg_temp.began(:'ada', :'kinkster', 'Again') as began \gset
select pg_temp.kept(:'began', 0, 'Wel') as x \gset
select pg_temp.settled(:'began', (:'failed'::jsonb - 'reply') || '{"reply": null, "response_id": null, "retry_after_seconds": 1.5}') as x \gset
select is(
  (select array[status, reply, model, error_code, error_message, error_hint] from public.kinkster_turns where message = 'Again'),
  array['failed', 'Wel', 'gpt-asked', 'provider_timeout', 'It took too long.', 'Ask again.'], 'a failure keeps what had arrived'
);
select is(
  (select next_attempt_at - finished_at from public.kinkster_turns where message = 'Again'), '1.5 seconds', 'when to ask again, as the provider said'
);

select * from finish();
rollback;
