begin;
\ir ../setup.psql
select plan(2);

select ok(
  extract(epoch from kinkster.retry_delay('database_lost', attempt, null)) between 2 ^ (attempt - 1) * 0.5 and 2 ^ (attempt - 1) * 1.5,
  format('after attempt %s it is tried again', attempt)
) from (values (1), (3)) as a (attempt);

select * from finish();
rollback;
