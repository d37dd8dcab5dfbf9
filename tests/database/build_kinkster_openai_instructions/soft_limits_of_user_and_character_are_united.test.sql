begin;
\ir ../setup.psql
select plan(2);

update public.profiles set soft_limits = '{darkness,"Loud noises"}' where id = :'ada';
select pg_temp.new_kinkster(:'ada', '{"soft_limits": ["loud noises", "being rushed"]}') as kinkster \gset
select alike(
  pg_temp.as_user(:'ada', 'select build_kinkster_openai_instructions(%L)', :'kinkster'),
  '%- Only with care, and after asking: "darkness", "Loud noises", "being rushed"%', 'each once, the user''s first'
);
update public.kinksters set openai_instructions = 'Be brief.' where id = :'kinkster';
select alike(
  pg_temp.as_user(:'ada', 'select build_kinkster_openai_instructions(%L)', :'kinkster'),
  '%"darkness", "Loud noises", "being rushed"%', 'custom instructions or not'
);

select * from finish();
rollback;
