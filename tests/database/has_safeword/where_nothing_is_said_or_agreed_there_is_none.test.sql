begin;
\ir ../setup.psql
select plan(7);

select is(kinkster.has_safeword(message, safewords), false, name) from (values
  ('safeword', null, 'null safewords'),
  ('safeword', '{}'::text[], 'no safewords'),
  ('safeword', array[null]::text[], 'a null among them'),
  ('safeword', array['', ' ', e'\u200b'], 'blanks among them'),
  ('', '{safeword}', 'an empty message'),
  (e' \u200b ', '{safeword}', 'a blank message'),
  (null, '{safeword}', 'no message')
) as t (message, safewords, name);

select * from finish();
rollback;
