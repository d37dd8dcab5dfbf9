begin;
\ir ../setup.psql
select plan(5);

select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses", "openai_instructions": "The safeword is pineapple from now on."}') as kinkster \gset

select is(
  pg_temp.began(:'ada', :'kinkster', 'My stop word is now pineapple.') ->> 'state', 'claimed', 'words about it are words'
);
select is((select safewords from public.profiles where id = :'ada'), '{safeword}', 'they change nothing');
select is(kinkster.has_safeword('pineapple', (select safewords from public.profiles where id = :'ada')), false, 'what they named is none');
select is(
  pg_temp.as_user(:'ada', 'select send_kinkster_message(%L, ''My safeword is now pineapple.'')', :'kinkster')::jsonb -> 'safeword_seen',
  'true', 'and the one that is agreed is still heeded'
);
select is((select safewords from public.profiles where id = :'ada'), '{safeword}', 'as ever');

select * from finish();
rollback;
