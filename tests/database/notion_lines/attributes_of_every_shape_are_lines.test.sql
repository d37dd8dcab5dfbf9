begin;
\ir ../setup.psql
select plan(13);

select is(kinkster.notion_lines(attributes::jsonb), lines, attributes) from (values
  (null, null),
  ('null', null),
  ('{}', null),
  ('[]', null),
  ('{"scars": null, "eyes": [], "x": [{}, [" "]]}', null),
  ('"tall"', 'tall'),
  ('["tall", 3, true]', e'tall\n3\ntrue'),
  ('{"eyes": "green", "age": 30}', e'age: 30\neyes: green'),
  ('{"eyes": {"left": "green", "right": ["blue", "grey"]}}', e'eyes, left: green\neyes, right: blue\neyes, right: grey'),
  ('{"": "x", " ": {"b": 1.50}}', e'x\nb: 1.50'),
  ('{" a ": "two\nlines\u0001"}', e'a: two\nlines')
) as a (attributes, lines);
select is(
  kinkster.notion_lines((repeat('{"a": ', 30) || '1' || repeat('}', 30))::jsonb),
  repeat('a, ', 19) || 'a: ' || repeat('{"a": ', 10) || '1' || repeat('}', 10), 'what lies deep stands as it is'
);
select is(
  char_length(kinkster.notion_lines((repeat('[', 3000) || '1' || repeat(']', 3000))::jsonb)), 5961, 'and takes no time'
);

select * from finish();
rollback;
