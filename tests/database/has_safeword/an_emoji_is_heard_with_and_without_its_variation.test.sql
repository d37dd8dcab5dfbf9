begin;
\ir ../setup.psql
select plan(9);

select is(kinkster.has_safeword(message, array[safeword]), answer, name) from (values
  ('🛑', '🛑', true, 'alone'), ('ok🛑ok', '🛑', true, 'between letters'), ('🛑🛑🛑', '🛑', true, 'in a row'),
  (e'\u2764', e'\u2764\ufe0f', true, 'without the variation'), (e'\u2764\ufe0f', e'\u2764', true, 'with it'),
  ('👍🏽', '👍', true, 'in another colour'),
  ('👩‍👩‍👧', '👩‍👩‍👧', true, 'joined of several'),
  ('💛', '🛑', false, 'another one'), ('stop', '🛑', false, 'its name')
) as t (message, safeword, answer, name);

select * from finish();
rollback;
