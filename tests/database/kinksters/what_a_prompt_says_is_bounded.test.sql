begin;
\ir ../setup.psql
select plan(4);

select pg_temp.new_kinkster(:'ada', '{}') as kinkster \gset
\set edit 'update public.kinksters set bio = repeat(''x'', %s) where id = %L'
select lives_ok(format(:'edit', 90000, :'kinkster'), 'a long bio');
select throws_like(
  format(:'edit', 100001, :'kinkster'), '%what_a_prompt_says_is_at_most_100000_characters%', 'one that is too long'
);
select throws_like(
  format('update public.profiles set hard_limits = array_fill(''heights''::text, array[3000]) where id = %L', :'ada'),
  '%limits_are_at_most_20000_characters%', 'too many limits'
);
select is(
  array_length(string_to_array(kinkster.quoted_list(array(select 'limit ' || g from generate_series(1, 2000) as g), '|'), '|'), 1),
  2000, 'none of a long list is lost'
);

select * from finish();
rollback;
