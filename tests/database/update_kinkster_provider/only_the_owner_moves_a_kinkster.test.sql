begin;
\ir ../setup.psql
select plan(6);

select pg_temp.new_kinkster(null) as system \gset
select pg_temp.new_kinkster(:'bea') as theirs \gset

select is(
  pg_temp.refusal(:'ada', 'select update_kinkster_provider(%L, ''openai_responses'')', :'system'),
  'PT403: A system kinkster cannot be edited. (Create a kinkster of your own and edit that.)', 'a system character'
);
select is(
  pg_temp.refusal(:'ada', 'select update_kinkster_provider(%L, ''openai_responses'')', id),
  :'no_kinkster',
  which
) from (values ('unknown', :'unknown'), ('foreign', :'theirs')) as k (which, id);
select alike(
  pg_temp.refusal(:'ada', 'select update_kinkster_provider(null, ''openai_responses'')'), 'PT404: %', 'null is unknown'
);
select is(
  array(select provider from public.kinksters where id in (:'system', :'theirs')), array['flowise', 'flowise'],
  'nothing has changed'
);
select is(
  pg_temp.as_role('service_role', null, 'select public.update_kinkster_provider(%L, ''openai_responses'')',
    :'system')::jsonb ->> 'provider',
  'openai_responses', 'the operator moves system characters'
);

select * from finish();
rollback;
