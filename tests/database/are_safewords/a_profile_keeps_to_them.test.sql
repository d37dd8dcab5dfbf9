begin;
\ir ../setup.psql
select plan(7);

select is((select safewords from public.profiles where id = :'ada'), '{safeword}', 'everybody has one to begin with');
select is(
  pg_temp.refusal(:'ada', 'update profiles set safewords = %L', safewords), refusal, name
) from (values
  ('{red,"blue moon"}', 'not refused', 'a user sets their own'),
  ('{}', 'not refused', 'or none'),
  ('{" "}', '23514: safewords_can_be_said', 'not a blank one'),
  ('{null}', '23514: safewords_can_be_said', 'nor a null')
) as t (safewords, refusal, name);
select alike(
  pg_temp.refusal(:'ada', 'update profiles set safewords = null'), '23502: %', 'nor null at all'
);
select is(
  pg_temp.changed(:'bea', 'update profiles set safewords = ''{}'' where id = %L', :'ada'), 0, 'nor somebody else''s'
);

select * from finish();
rollback;
