begin;
\ir ../setup.psql
select plan(14);

create function pg_temp.sizes(p_text text) returns integer[] language sql as $$
  select array_agg(kinkster.utf16_length(piece) order by n) from unnest(kinkster.notion_pieces(p_text)) with ordinality as p (piece, n)
$$;

select is(kinkster.notion_pieces(null), '{}', 'nothing');
select is(kinkster.notion_pieces(''), '{}', 'an empty text');
select is(pg_temp.sizes(repeat('x', 2000)), array[2000], '2,000 characters are one piece');
select is(pg_temp.sizes(repeat('x', 2001)), array[2000, 1], 'one more is another');
select is(pg_temp.sizes(repeat('🎭', 1001)), array[2000, 2], 'an emoji counts two');
select is(pg_temp.sizes('x' || repeat('🎭', 1000)), array[1999, 2], 'and is not torn');
select is(pg_temp.sizes(repeat('x', 1500) || repeat('🎭', 450)), array[1600, 800], 'so 1,950 characters can be too many');
select is(
  kinkster.notion_pieces(repeat('word ', 450)), array[repeat('word ', 400), repeat('word ', 50)], 'a piece ends with a space'
);
select is(
  kinkster.notion_pieces(repeat('x', 1990) || ' ' || repeat('y', 20)), array[repeat('x', 1990) || ' ', repeat('y', 20)],
  'rather than in a word'
);
select is(pg_temp.sizes(repeat('x', 1799) || ' ' || repeat('y', 300)), array[2000, 100], 'unless the word is long');
select is(pg_temp.sizes(repeat('x', 1999) || e'e\u0301'), array[1999, 2], 'an accent stays with its letter');
select is(pg_temp.sizes(repeat('x', 1994) || '👩‍👩‍👧x'), array[1994, 9], 'a family together');
select is(pg_temp.sizes(repeat('x', 1997) || '🇫🇮🇫🇮'), array[1997, 8], 'a flag whole');
select is(pg_temp.sizes('e' || repeat(e'\u0301', 3000)), array[2000, 1001], 'and accents without end are cut all the same');

select * from finish();
rollback;
