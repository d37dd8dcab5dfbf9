begin;
\ir ../setup.psql
select plan(3);

select pg_temp.new_kinkster(null, '{"provider": "openai_responses"}') as system \gset
update kinkster.breakers set failures = 5, open_until = kinkster.now() where provider = 'openai_responses';
select pg_temp.began(:'ada', :'system') as probe \gset
select is(pg_temp.began(:'bea', :'system') ->> 'state', 'waiting', 'one tries, and another waits');
select pg_temp.settled(:'probe') as x \gset
select is(
  (select row(failures, open_until)::text from kinkster.breakers where provider = 'openai_responses'), '(0,)', 'it was answered'
);
select is(pg_temp.began(:'ada', :'system', 'And now?') ->> 'state', 'claimed', 'so all are');

select * from finish();
rollback;
