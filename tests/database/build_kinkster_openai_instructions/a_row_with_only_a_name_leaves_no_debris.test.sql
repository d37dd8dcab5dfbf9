begin;
\ir ../setup.psql
select plan(3);

select pg_temp.new_kinkster(:'ada', '{"name": "Mira", "role": null, "pronouns": null, "experience_level": null}') as kinkster \gset
select pg_temp.as_user(:'ada', 'select build_kinkster_openai_instructions(%L)', :'kinkster') as prompt \gset

select is(
  array(select line from regexp_split_to_table(:'prompt', e'\n') as line where line ~ '^# '),
  array['# Rules of the platform', '# Hard limits', '# Identity', '# How to play the role', '# Hard limits'],
  'nothing but a name leaves no empty section'
);
select alike(:'prompt'::text, e'%\n\n# Identity\n- Name: "Mira"\n\n# How to play the role\n%', 'the identity is the name alone');
select unalike(
  pg_temp.as_user(
    :'ada', 'select build_kinkster_openai_instructions(%L)',
    pg_temp.new_kinkster(:'ada', '{"name": " ", "role": null, "pronouns": null, "experience_level": null}')::text
  ),
  '%Identity%', 'a blank name leaves no trace either'
);

select * from finish();
rollback;
