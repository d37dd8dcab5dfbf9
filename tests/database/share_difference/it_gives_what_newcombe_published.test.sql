begin;
\ir ../setup.psql
select plan(9);

-- Newcombe (1998), table II, method 10: (a) 56/70 and 48/80, (b) 9/10 and 3/10, (d) 5/56 and 0/29, (f) 0/10 and 0/20, (h) 10/10 and 0/20.
create function pg_temp.apart(p_found bigint, p_of bigint, p_other bigint, p_other_of bigint) returns text language sql as $$
  select format('%s to %s', round(lowest::numeric, 4), round(highest::numeric, 4))
  from kinkster.share_difference(p_found, p_of, p_other, p_other_of)
$$;
select is(pg_temp.apart(56, 70, 48, 80), '0.0524 to 0.3339', 'two large shares');
select is(pg_temp.apart(9, 10, 3, 10), '0.1705 to 0.8090', 'few observations');
select is(pg_temp.apart(5, 56, 0, 29), '-0.0381 to 0.1926', 'none of one');
select is(pg_temp.apart(0, 10, 0, 20), '-0.1611 to 0.2775', 'none of either');
select is(pg_temp.apart(10, 10, 0, 20), '0.6791 to 1.0000', 'all and none');
select is(pg_temp.apart(48, 80, 56, 70), '-0.3339 to -0.0524', 'the other way round it is the same, below 0');
select is(pg_temp.apart(0, 0, 1, 2), ' to ', 'of nothing nothing is known');
select is(pg_temp.apart(1, 2, 0, 0), ' to ', 'on either side');
select is(
  pg_temp.refusal(:'ada', 'select kinkster.share_difference(1, 2, 1, 2)'), '42501: permission denied for function share_difference',
  'users have no use for it'
);

select * from finish();
rollback;
