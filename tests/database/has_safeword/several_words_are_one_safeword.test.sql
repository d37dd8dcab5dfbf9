begin;
\ir ../setup.psql
select plan(11);

select is(kinkster.has_safeword(message, array['Blue moon']), answer, name) from (values
  ('blue moon', true, 'as they stand'), (e'BLUE\n  MOON', true, 'with other spaces between'), (e'blue\u00a0moon', true, 'or a wide one'),
  (e'BLUE \u001fMOON', true, 'or a separator of ASCII'), (e'«BLUE» \u001fblue\u001cmoon', true, 'or one among other letters'),
  ('Tonight: blue moon!', true, 'in a message'), ('blue', false, 'the first alone'), ('moon blue', false, 'the other way around'),
  ('blue, moon', false, 'with a sign between'), ('bluemoon', false, 'as one word'), ('blue moonlight', false, 'the last one longer')
) as t (message, answer, name);

select * from finish();
rollback;
