begin;
\ir ../setup.psql
select plan(9);

select pg_temp.new_kinkster(:'ada', '{"openai_model": "gpt-before"}') as kinkster \gset

select alike(
  pg_temp.refusal(:'ada', 'select update_kinkster_provider(%L, ''openai_responses'', %L)', :'kinkster', model),
  'PT422: % is not a model''s name. (Give a name such as ''gpt-4o-mini'', or null to leave the model as it is.)', why
) from (values
  ('', 'empty'), (' ', 'blank'), ('gpt 4o', 'a space'), (e'gpt-4o\n', 'a line end'), ('-mini', 'begins with a dash'),
  (repeat('g', 129), 'too long')
) as m (model, why);
select is(
  pg_temp.as_user(:'ada', 'select update_kinkster_provider(%L, ''openai_responses'')', :'kinkster')::jsonb ->> 'openai_model',
  'gpt-before', 'null leaves the model'
);
select is(
  pg_temp.as_user(:'ada', 'select update_kinkster_provider(%L, ''openai_responses'', ''ft:gpt-4o:acme/x.1'')',
    :'kinkster')::jsonb ->> 'openai_model',
  'ft:gpt-4o:acme/x.1', 'a name is set'
);
select is(
  (select openai_model from public.kinksters where id = :'kinkster'), 'ft:gpt-4o:acme/x.1', 'what is answered is what is stored'
);

select * from finish();
rollback;
