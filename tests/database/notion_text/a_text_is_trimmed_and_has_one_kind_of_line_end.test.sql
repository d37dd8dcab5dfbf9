begin;
\ir ../setup.psql
select plan(8);

select is(kinkster.notion_text(given), shown, why) from (values
  (null, null, 'nothing'),
  (' ', null, 'a blank'),
  (e'\u0001\u200b', null, 'a control character'),
  (e'  Mira\n', 'Mira', 'trimmed'),
  (e'a\r\nb\rc\u0085d\fe', e'a\nb\nc\nd\ne', 'line ends'),
  (e'a\tb', e'a\tb', 'a tab stays'),
  (e'a\u0007b\u007fc\u009fd', 'abcd', 'what cannot be shown goes'),
  ('עדה 👩‍👩‍👧', 'עדה 👩‍👩‍👧', 'everything else stays')
) as t (given, shown, why);

select * from finish();
rollback;
