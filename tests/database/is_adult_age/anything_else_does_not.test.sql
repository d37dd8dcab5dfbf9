begin;
\ir ../setup.psql
select plan(52);

select is(kinkster.is_adult_age(age), false, to_json(age)::text) from unnest(array[
  '', ' ', '16', '17', '16 year', '16 years old', '17s', '9', '0', '0018', '018', '-18', '1.8', '18 months', '240 months',
  '20 weeks', '20 days',
  '16-25', '18-16', '25-16', '17-30', '16 to 30', 'teen', 'teens', 'late teens', 'early teens', 'young', 'young adult', 'child',
  'minor', 'about 18', 'about 19',
  '~18', 'almost 18', 'under 18', 'nearly 30', 'looks 25', '25 but looks 12', '30s (looks 15)', '18, acts 12', '25 in dog years',
  'adult child',
  'adult-ish', 'not adult', 'immortal', 'ageless', 'eighteen', '25-30-12', '1８ months', e'18\n12', e'16\n\n18', 'second grade'
]) as age;

select * from finish();
rollback;
