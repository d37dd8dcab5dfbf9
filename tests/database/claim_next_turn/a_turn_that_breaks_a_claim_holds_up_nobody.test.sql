begin;
\ir ../setup.psql
select plan(6);

select pg_temp.new_kinkster(null, '{"provider": "openai_responses"}') as system \gset
select pg_temp.as_user(:'ada', 'select send_kinkster_message(%L, ''Broken'')', :'system') as x \gset
select pg_temp.as_user(:'bea', 'select send_kinkster_message(%L, ''Whole'')', :'system') as x \gset
alter table public.kinkster_turns add constraint breaks check (message <> 'Broken' or status <> 'streaming');
\set next 'select kinkster.claim_next_turn(''w'')'
set local client_min_messages = 'error';

select is(pg_temp.as_role('kinkster_worker', null, :'next')::jsonb #>> '{plan,message}', 'Whole', 'the next one is claimed');
select is(
  (select array[status, error_code, error_message, error_hint] from public.kinkster_turns where message = 'Broken'),
  array['failed', 'not_chattable', 'The database could not prepare this message.', 'Tell the operator the time and the id of the turn.'],
  'the broken one has failed, and says so'
);
select isnt((select finished_at from public.kinkster_turns where message = 'Broken'), null, 'it is over');
select is(pg_temp.as_role('kinkster_worker', null, :'next')::jsonb ->> 'state', 'idle', 'nothing waits any more');
select is((select failures from kinkster.breakers where provider = 'openai_responses'), 0, 'which was no provider''s fault');
select is(
  pg_temp.as_user(:'ada', 'select send_kinkster_message(%L, ''Whole again'')', :'system')::jsonb ->> 'status', 'queued', 'the conversation goes on'
);

select * from finish();
rollback;
