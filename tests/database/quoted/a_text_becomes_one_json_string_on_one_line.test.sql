begin;
\ir ../setup.psql
select plan(13);

select is(kinkster.quoted(null), null, 'null');
select is(kinkster.quoted(''), null, 'empty');
select is(kinkster.quoted(e' \u00a0\u200b\n'), null, 'blank');
select is(kinkster.quoted(e' \t\n a b \r\n'), '"a b"', 'it is trimmed');
select is(kinkster.quoted('say "hi" \ now'), '"say \"hi\" \\ now"', 'quotes and backslashes');
select is(kinkster.quoted('Zoë 🎭 עדה'), '"Zoë 🎭 עדה"', 'any script as it is');
select is(kinkster.quoted(said) ~ e'[\n\r\t\u000b\u000c\u0085\u2028\u2029\u0001\u001f]', false, name || ' does not end the line')
from (values
  (e'a\nb', 'line feed'), (e'a\rb', 'carriage return'), (e'a\u0085b', 'next line'), (e'a\u2028b', 'line separator'),
  (e'a\u2029b', 'paragraph separator'), (e'a\u000b\u000c\u0001\u001fb', 'a control character')
) as t (said, name);
select is(
  array(select said from unnest(array[e'a\nb\rc\u0085d\u2028e\u2029f\u000bg"h\\i\u007f', '\u2028', '{"a": 1}']) as said
        where kinkster.quoted(said)::jsonb #>> '{}' is distinct from said),
  array[]::text[], 'what is read back is what was written'
);

select * from finish();
rollback;
