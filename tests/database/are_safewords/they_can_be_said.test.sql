begin;
\ir ../setup.psql
select plan(12);

select is(kinkster.are_safewords(given), answer, name) from (values
  ('{}'::text[], true, 'none at all: the user wants none'),
  ('{red}', true, 'one'),
  ('{"yellow light",🛑,まって}', true, 'in any script'),
  (array_fill('red'::text, array[20]), true, 'twenty'),
  (array_fill('red'::text, array[21]), false, 'twenty-one'),
  (array['']::text[], false, 'an empty one'),
  (array[' '], false, 'a blank one'),
  (array[e'\u200b\ufe0f'], false, 'one that is not seen'),
  (array['red', null], false, 'a null'),
  (array[repeat('x', 100)], true, 'a long one'),
  (array[repeat('x', 101)], false, 'one that is too long'),
  (null, null, 'null says nothing: the column allows none')
) as t (given, answer, name);

select * from finish();
rollback;
