begin;
\ir ../setup.psql
select plan(4);

select pg_temp.new_kinkster(null, '{"provider": "openai_responses"}') as system \gset
create function pg_temp.failures() returns integer language sql as $$
  select b.failures from kinkster.breakers as b where b.provider = 'openai_responses'
$$;
select pg_temp.talked(:'ada', :'system', 'One', :'failed'::jsonb || '{"reply": "Wel", "first_text_ms": 5}') as x \gset
select is(pg_temp.failures(), 0, 'the provider answers: a stream that broke off counts for nothing');
select pg_temp.talked(:'bea', :'system', 'One', :'unavailable'::jsonb || '{"reply": "Wel", "first_text_ms": 5}') as x \gset
select is(
  (select status from public.kinkster_turns where user_id = :'bea'), 'queued', 'nor does one that nobody saw, and that is tried again'
);
select is(pg_temp.failures(), 0, 'it is the same');
select pg_temp.talked(:'ada', :'system', 'Two', :'failed') as x \gset
select is(pg_temp.failures(), 1, 'without a text it counts');

select * from finish();
rollback;
