begin;
\ir ../setup.psql
select plan(3);
set local statement_timeout = '5s';

select is(kinkster.has_safeword(message, '{red}'), answer, name) from (values
  ('red' || repeat(e'\u0301', 30000), false, 'marks that make another word'),
  (repeat(e'\u0301\u0316', 15000) || ' red', true, 'marks before it'),
  (repeat(e'\u200b', 30000) || 'red' || repeat('🎭', 30000), true, 'what is not seen, and emoji')
) as t (message, answer, name);

select * from finish();
rollback;
