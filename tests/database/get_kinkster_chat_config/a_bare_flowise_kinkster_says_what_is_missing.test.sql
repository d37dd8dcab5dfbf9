begin;
\ir ../setup.psql
select plan(1);

select pg_temp.new_kinkster(:'ada') as kinkster \gset

select is(
  pg_temp.as_user(:'ada', 'select get_kinkster_chat_config(%L)', :'kinkster')::jsonb - 'instructions',
  jsonb_build_object(
    'success', true, 'kinkster_id', :'kinkster', 'name', 'Mira', 'provider', 'flowise', 'endpoint', '/api/flowise/chat',
    'model', null, 'warning', null, 'flowise_chatflow_id', null, 'can_chat', false,
    'reason', 'This kinkster is answered by Flowise, and no chatflow is set for it.',
    'hint', 'Set flowise_chatflow_id, ask the operator for a default chatflow, or change the provider to openai_responses.'
  ),
  'everything that a client needs, and nothing else'
);

select * from finish();
rollback;
