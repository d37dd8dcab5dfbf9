begin;
\ir ../setup.psql
select plan(1);

select pg_temp.new_kinkster(:'ada', '{"hard_limits": ["spiders"]}') as kinkster \gset

select is(
  pg_temp.as_user(:'ada', 'select get_kinkster_chat_config(%L)', :'kinkster')::jsonb ->> 'instructions',
  pg_temp.as_user(:'ada', 'select build_kinkster_openai_instructions(%L)', :'kinkster'),
  'instructions are what build_kinkster_openai_instructions gives'
);

select * from finish();
rollback;
