begin;
\ir ../setup.psql
select plan(5);

select is(kinkster.words(said), words, name) from (values
  (null, null, 'null'),
  ('', '', 'empty'),
  (e' \n\t\u00a0\u3000\u2028', '', 'spaces'),
  (e'\u200b\u200d\ufeff\u2060\ufe0f\u00ad\u034f', '', 'nothing that is seen'),
  (e'\u3164\u115f\u1160\uffa0', '', 'letters that are not seen')
) as t (said, words, name);

select * from finish();
rollback;
