begin;
\ir ../setup.psql
select plan(9);

select is(kinkster.has_safeword(message, array['Blue moon']), answer, name) from (values
  ('blue moon', true, 'as they stand'), (e'BLUE\n  MOON', true, 'with other spaces between'), (e'blue\u00a0moon', true, 'or a wide one'),
  ('Tonight: blue moon!', true, 'in a message'), ('blue', false, 'the first alone'), ('moon blue', false, 'the other way around'),
  ('blue, moon', false, 'with a sign between'), ('bluemoon', false, 'as one word'), ('blue moonlight', false, 'the last one longer')
) as t (message, answer, name);

select * from finish();
rollback;
