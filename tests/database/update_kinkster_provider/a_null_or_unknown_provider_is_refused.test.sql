begin;
\ir ../setup.psql
select plan(4);

select pg_temp.new_kinkster(:'ada') as kinkster \gset

select is(
  pg_temp.refusal(:'ada', 'select update_kinkster_provider(%L, %L)', :'kinkster', provider),
  'PT422: ' || coalesce('''' || provider || '''', 'Null') || ' is not a provider. (Use ''flowise'' or ''openai_responses''.)',
  coalesce('"' || provider || '"', 'null')
) from (values (null), (''), ('Flowise')) as p (provider);
select is((select provider from public.kinksters where id = :'kinkster'), 'flowise', 'nothing has changed');

select * from finish();
rollback;
