begin;
\ir ../setup.psql
select plan(3);

select pg_temp.new_kinkster(null, '{"provider": "openai_responses"}') as responses \gset
select pg_temp.new_kinkster(null, '{"flowise_chatflow_id": "my-flow"}') as flowise \gset
update kinkster.breakers set failures = 5, open_until = kinkster.now() + interval '30 seconds' where provider = 'openai_responses';
select pg_temp.as_user(:'ada', 'select send_kinkster_message(%L, ''One'')', :'responses') as x \gset
select pg_temp.as_user(:'bea', 'select send_kinkster_message(%L, ''Two'')', :'flowise') as x \gset
\set next 'select kinkster.claim_next_turn(''w'')'

select is(pg_temp.as_role('kinkster_worker', null, :'next')::jsonb #>> '{plan,message}', 'Two', 'the next one is claimed');
select is(pg_temp.as_role('kinkster_worker', null, :'next')::jsonb ->> 'state', 'idle', 'and then none');
select is((select status || ' ' || error_code from public.kinkster_turns where message = 'One'), 'queued provider_unavailable', 'this one waits');

select * from finish();
rollback;
