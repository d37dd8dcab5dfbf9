begin;
\ir ../setup.psql
select plan(5);

create function pg_temp.config(p_row jsonb) returns jsonb language sql as $$
  select pg_temp.as_user(
    '00000000-0000-4000-8000-00000000ada0', 'select get_kinkster_chat_config(%L)',
    pg_temp.new_kinkster('00000000-0000-4000-8000-00000000ada0', p_row)::text
  )::jsonb - array['instructions', 'kinkster_id', 'success', 'name']
$$;

select is(
  pg_temp.config('{"provider": "openai_responses", "openai_model": "gpt-test"}'),
  '{"provider": "openai_responses", "endpoint": "/api/kinksters/chat", "model": "gpt-test", "warning": null, "flowise_chatflow_id": null,
    "can_chat": true, "reason": null, "hint": null}',
  'the Responses API'
);
select is(
  pg_temp.config('{"provider": "flowise", "flowise_chatflow_id": "my-flow", "openai_model": "gpt-test"}'),
  '{"provider": "flowise", "endpoint": "/api/flowise/chat", "model": null, "warning": null, "flowise_chatflow_id": "my-flow",
    "can_chat": true, "reason": null, "hint": null}',
  'Flowise'
);
select is(
  pg_temp.config('{"provider": "openai_responses"}') ->> 'model', 'gpt-4o-mini', 'a model is there by default'
);
update kinkster.settings set default_openai_model = 'gpt-operator';
select is(
  pg_temp.config('{"provider": "openai_responses", "openai_model": null}') ->> 'model', 'gpt-operator',
  'a character without a model has the operator''s'
);
select is(
  pg_temp.config('{"provider": "openai_responses", "flowise_chatflow_id": ""}') -> 'flowise_chatflow_id', 'null',
  'an empty chatflow is none'
);

select * from finish();
rollback;
