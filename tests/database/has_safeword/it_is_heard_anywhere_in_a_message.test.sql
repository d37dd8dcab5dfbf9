begin;
\ir ../setup.psql
select plan(9);

select ok(kinkster.has_safeword(message, '{red,safeword}'), name) from (values
  ('safeword', 'alone'),
  ('Please, safeword, now', 'in the middle'),
  ('safeword please', 'first'),
  ('I have had enough. safeword', 'last'),
  (e'One line\nsafeword\nanother', 'on a line of its own'),
  ('the second of them is red', 'any of them'),
  ('red red red', 'said again and again'),
  (repeat('Tell me more of the lighthouse. ', 900) || 'red', 'at the end of a long message'),
  (repeat('Tell me more of the lighthouse. ', 5000) || 'red', 'of one that is too long to be stored')
) as t (message, name);

select * from finish();
rollback;
