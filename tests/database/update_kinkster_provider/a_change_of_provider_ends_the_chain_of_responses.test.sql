begin;
\ir ../setup.psql
select plan(4);

select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses", "openai_previous_response_id": "resp_1"}') as kinkster \gset

select pg_temp.as_user(:'ada', 'select update_kinkster_provider(%L, ''openai_responses'', ''gpt-test'')', :'kinkster') as same \gset
select is(
  (select openai_previous_response_id from public.kinksters where id = :'kinkster'), 'resp_1', 'the same provider goes on'
);
select pg_temp.as_user(:'ada', 'select update_kinkster_provider(%L, ''flowise'')', :'kinkster') as other \gset
select is(
  (select openai_previous_response_id from public.kinksters where id = :'kinkster'), null, 'another does not'
);
select isnt(
  (select provider_changed_at from public.kinksters where id = :'kinkster'), null, 'when it changed is noted'
);
select is(
  :'other'::jsonb,
  jsonb_build_object(
    'success', true, 'kinkster_id', :'kinkster', 'provider', 'flowise', 'endpoint', '/api/flowise/chat', 'openai_model', 'gpt-test',
    'openai_instructions', null, 'warning', null, 'can_chat', false, 'reason',
    'This kinkster is answered by Flowise, and no chatflow is set for it.',
    'hint', 'Set flowise_chatflow_id, ask the operator for a default chatflow, or change the provider to openai_responses.'
  ),
  'the answer says what is set, and what is missing'
);

select * from finish();
rollback;
