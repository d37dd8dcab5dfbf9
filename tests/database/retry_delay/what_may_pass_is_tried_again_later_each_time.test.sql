begin;
\ir ../setup.psql
select plan(9);

select ok(
  (
    select bool_and(delay between bounds.least and bounds.most)
    from generate_series(1, 200) as n
    cross join lateral (select extract(epoch from kinkster.retry_delay(code, attempt, n - n)) as delay) as d
    cross join lateral (select 2 ^ (attempt - 1) * 0.5 as least, 2 ^ (attempt - 1) * 1.5 as most) as bounds
  ), format('%s after attempt %s', code, attempt)
) from (values
  ('provider_unreachable', 1), ('provider_unavailable', 2), ('provider_rate_limited', 3), ('provider_timeout', 1),
  ('provider_misbehaved', 2), ('provider_error', 3), ('reply_cut_off', 4), ('reply_empty', 5)
) as c (code, attempt);
select cmp_ok(
  (select count(distinct kinkster.retry_delay('provider_timeout', 1 + n % 1, null)) from generate_series(1, 100) as n), '>', 90::bigint,
  'not by all at once'
);

select * from finish();
rollback;
