begin;
\ir ../setup.psql
select plan(3);

select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}') as kinkster \gset
select gen_random_uuid() as request \gset
\set send 'select send_kinkster_message(%L, ''safeword '' || repeat(''x'', 32000), null, %L)'
select pg_temp.as_user(:'ada', :'send', :'kinkster', :'request') as sent \gset

select is((select message from public.kinkster_turns), 'safeword ' || repeat('x', 31991), '32,000 characters of it');
select is(
  pg_temp.as_user(:'ada', :'send', :'kinkster', :'request')::jsonb, :'sent'::jsonb || '{"created": false}', 'it is known by its request id'
);
select is((select count(*) from public.kinkster_turns), 1::bigint, 'once');

select * from finish();
rollback;
