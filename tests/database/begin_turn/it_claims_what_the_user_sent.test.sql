begin;
\ir ../setup.psql
select plan(5);

select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses", "openai_model": "gpt-test", "hard_limits": ["spiders"]}') as kinkster \gset
select gen_random_uuid() as request \gset
select pg_temp.began(:'ada', :'kinkster', 'Hello', null, :'request') as began \gset
select * from public.kinkster_turns \gset turn_

select is(
  :'began'::jsonb,
  jsonb_build_object(
    'state', 'claimed', 'plan', jsonb_build_object(
      'user_id', :'ada', 'turn_id', :'request', 'conversation_id', :'turn_conversation_id', 'lease', :'turn_lease', 'lease_seconds', 60, 'attempt', 1,
      'provider', 'openai_responses', 'model', 'gpt-test',
      'instructions', pg_temp.as_user(:'ada', 'select build_kinkster_openai_instructions(%L)', :'kinkster'),
      'limits', kinkster.limits_block(null, array['spiders']), 'message', 'Hello', 'previous_response_id', null, 'history',
      '[]'::jsonb,
      'chatflow_id', null, 'session_id', null, 'safety_identifier', encode(sha256(convert_to(:'ada', 'UTF8')), 'hex')
    )
  ),
  'the plan'
);
select is(
  array[:'turn_status', :'turn_provider', :'turn_model', :'turn_continuity', :'turn_attempts', left(:'turn_worker', 8)],
  array['streaming', 'openai_responses', 'gpt-test', 'new', '1', 'a worker'], 'the turn'
);
select is(
  :'turn_prompt_sha256', encode(sha256(convert_to(:'began'::jsonb #>> '{plan,instructions}', 'UTF8')), 'hex'), 'the prompt''s hash'
);
select is(
  :'turn_limits_sha256', encode(sha256(convert_to(:'began'::jsonb #>> '{plan,limits}', 'UTF8')), 'hex'), 'the limits'' hash'
);
select is(
  :'turn_lease_expires_at'::timestamptz - :'turn_started_at'::timestamptz, '60 seconds', 'the lease'
);

select * from finish();
rollback;
