begin;
\ir ../setup.psql
select plan(6);

create function pg_temp.seconds(p_retry_after double precision) returns double precision language sql as $$
  select extract(epoch from kinkster.retry_delay('provider_rate_limited', 1, p_retry_after))
$$;
select ok(
  (select bool_and(pg_temp.seconds(after + 0 * n) between after + 0.5 and after + 1.5) from generate_series(1, 100) as n), after || ' seconds'
) from unnest(array[0, 0.25, 7, 300]::double precision[]) as after;
select is(pg_temp.seconds(300.5), null, 'nobody waits longer for a reply');
select is(pg_temp.seconds('infinity'), null, 'nor for ever');

select * from finish();
rollback;
