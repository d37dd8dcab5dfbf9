begin;
\ir ../setup.psql
select plan(9);

select pg_temp.new_kinkster(:'ada') as kinkster \gset

select is(
  pg_temp.changed(:'ada', $$UPDATE kinksters
SET 
  provider = 'openai_responses',
  openai_model = 'gpt-4o-mini',
  openai_instructions = 'You are a helpful assistant.'
WHERE id = %L;$$, :'kinkster'), 1, 'step 3, test 2'
);
select is(
  (select array[provider, openai_model, openai_instructions] from public.kinksters where id = :'kinkster'),
  array['openai_responses', 'gpt-4o-mini', 'You are a helpful assistant.'], 'sets all three'
);
select is(
  pg_temp.changed(:'ada', $$UPDATE kinksters
SET provider = 'flowise'
WHERE id = %L;$$, :'kinkster'), 1, 'step 4, option A, back to Flowise'
);
select is(
  pg_temp.changed(:'ada', $$UPDATE kinksters
SET 
  provider = 'openai_responses',
  openai_model = 'gpt-4o-mini'
WHERE id = %L;$$, :'kinkster'), 1, 'step 4, option A'
);
select is(
  pg_temp.as_user(:'ada', $$SELECT update_kinkster_provider(
  %L::UUID,
  'openai_responses',
  'gpt-4o-mini',
  'Custom instructions here...'  -- Optional
);$$, :'kinkster')::jsonb -> 'success', 'true', 'step 4, option B'
);
select is(
  pg_temp.changed(:'ada', $$UPDATE kinksters SET provider = 'openai_responses' WHERE id = %L;$$, :'kinkster'), 1,
  'troubleshooting: provider not routing correctly'
);
select is(
  pg_temp.changed(:'ada', $$UPDATE kinksters 
SET openai_instructions = 'Your custom instructions here'
WHERE id = %L;$$, :'kinkster'), 1, 'troubleshooting: system prompt not generating'
);
select is(
  pg_temp.changed(:'ada', $$SELECT name, role, pronouns, bio, personality_traits, top_kinks 
FROM kinksters 
WHERE id = %L;$$, :'kinkster'), 1, 'troubleshooting: the character''s data'
);
select is(
  pg_temp.changed(:'ada', $$SELECT id, name, provider, flowise_chatflow_id 
FROM kinksters 
WHERE flowise_chatflow_id IS NOT NULL 
LIMIT 1;$$), 0, 'step 3, test 1: characters with a chatflow'
);

select * from finish();
rollback;
