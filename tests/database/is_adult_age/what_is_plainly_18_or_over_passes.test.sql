begin;
\ir ../setup.psql
select plan(42);

select is(kinkster.is_adult_age(null), null, 'null is no age');
select is(kinkster.is_adult_age(age), true, age) from unnest(array[
  '18', '19', '20s', '25-30', '30s', '40s', 'ageless adult', '25 - 30', '25–30', '25—30', '20s-30s', '20 to 30', '20 or 30', '18+',
  '21 +',
  'over 18', 'over 21', 'at least 18', '18 or over', '18 and over', '18 years or older', '21 years old', '21 year-old',
  '35 years of age', '99', '300',
  '10000 years', '30''s', '30’s', 'early 30s', 'mid-40s', 'Late Twenties', 'early thirties', 'in her forties', 'about 25', '~30',
  '  30s  ', 'middle-aged', 'Mature Adult', '２５', 'adult'
]) as age;

select * from finish();
rollback;
