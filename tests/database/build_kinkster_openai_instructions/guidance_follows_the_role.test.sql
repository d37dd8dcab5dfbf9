begin;
\ir ../setup.psql
select plan(6);

select is(
  substring(
    pg_temp.as_user(
      :'ada', 'select build_kinkster_openai_instructions(%L)',
      pg_temp.new_kinkster(:'ada', jsonb_build_object('role', role))::text
    ), '# How to play the role\n- (\w+ \w+ \w+)'
  ),
  begins, coalesce(role, 'null')
) from (values
  ('dominant', 'Lead with calm'), ('submissive', 'Follow with trust'), ('switch', 'Lead or follow'),
  (' Dominant ', 'Lead with calm'),
  ('caretaker', 'Play the role'), (null, 'Play the role')
) as r (role, begins);

select * from finish();
rollback;
