begin;
\ir ../setup.psql
select plan(4);

select pg_temp.new_kinkster(:'bea') as foreign_id \gset

select is(
  pg_temp.refusal(:'ada', 'select build_kinkster_openai_instructions(%L)', id),
  :'no_kinkster',
  which
) from (values ('unknown', :'unknown'), ('foreign', :'foreign_id')) as k (which, id);
select alike(pg_temp.refusal(:'ada', 'select build_kinkster_openai_instructions(null)'), 'PT404: %', 'null is unknown');
select is(
  pg_temp.refusal(:'ada', 'select build_kinkster_openai_instructions(%L)', pg_temp.new_kinkster(null)::text), 'not refused',
  'a system character is everybody''s to read'
);

select * from finish();
rollback;
