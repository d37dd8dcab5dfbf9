begin;
\ir ../setup.psql
select plan(2);

select is(
  pg_temp.refusal(:'ada', 'select get_kinkster_chat_config(%L)', id),
  :'no_kinkster',
  which
) from (values ('unknown', :'unknown'), ('foreign', pg_temp.new_kinkster(:'bea')::text)) as k (which, id);

select * from finish();
rollback;
