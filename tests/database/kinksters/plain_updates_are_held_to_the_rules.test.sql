begin;
\ir ../setup.psql
select plan(16);

select pg_temp.new_kinkster(:'ada') as kinkster \gset
select pg_temp.new_kinkster(null) as system \gset

select is(
  pg_temp.refusal(:'ada', 'update kinksters set %I = %L where id = %L', column_name, value, :'kinkster'), refusal,
  refusal || ': ' || to_json(left(value, 20))
) from (values
  ('provider', 'openai', '23514: provider_is_known'),
  ('provider', '', '23514: provider_is_known'),
  ('openai_model', '', '23514: openai_model_is_a_model_name'),
  ('openai_model', 'gpt 4o', '23514: openai_model_is_a_model_name'),
  ('openai_instructions', repeat('x', 32001), '23514: openai_instructions_are_at_most_32000_characters'),
  ('flowise_chatflow_id', '../admin', '23514: flowise_chatflow_id_is_path_safe'),
  ('flowise_chatflow_id', e'flow\n', '23514: flowise_chatflow_id_is_path_safe'),
  ('age_range', '16 year', '23514: age_is_plainly_18_or_over'),
  ('age_range', 'young', '23514: age_is_plainly_18_or_over'),
  ('dominance', '21', '23514: kinksters_dominance_check')
) as r (column_name, value, refusal);
select alike(
  pg_temp.refusal(:'ada', 'update kinksters set provider = null where id = %L', :'kinkster'), '23502: %"provider"%',
  'no provider is none'
);
select is(
  pg_temp.changed(:'ada', 'update kinksters set age_range = %L, flowise_chatflow_id = %L where id = %L', value, '', :'kinkster'), 1,
  'allowed: ' || coalesce(value, 'null')
) from (values (null), (''), ('ageless adult')) as a (value);
select is(
  pg_temp.changed(:'ada', 'update kinksters set provider = ''flowise'' where id = %L', :'system'), 0,
  'a system character is not there to update'
);
select alike(
  pg_temp.refusal(:'ada', 'insert into kinksters (name, is_system_kinkster) values (''Mira'', true)'), '42501: %',
  'nobody makes a system character'
);

select * from finish();
rollback;
