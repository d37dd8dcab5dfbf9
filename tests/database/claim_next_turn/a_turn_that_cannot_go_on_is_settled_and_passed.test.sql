begin;
\ir ../setup.psql
select plan(5);

select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}') as adas \gset
select pg_temp.new_kinkster(:'bea', '{"provider": "openai_responses"}') as beas \gset
select pg_temp.as_user(:'ada', 'select send_kinkster_message(%L, ''Hello'')', :'adas') as x \gset
select pg_temp.as_user(:'bea', 'select send_kinkster_message(%L, ''Hello'')', :'beas')::jsonb ->> 'turn_id' as turn \gset
update kinksters set is_active = false where id = :'adas';

select pg_temp.as_role('kinkster_worker', null, 'select kinkster.claim_next_turn(''w'')')::jsonb as claimed \gset
select is(:'claimed'::jsonb #>> '{plan,turn_id}', :'turn', 'the next user''s turn is claimed');
select is(
  (select array[status, error_code] from public.kinkster_turns where user_id = :'ada'), array['failed', 'not_chattable'],
  'the one before it says why it could not go on'
);

-- A worker that dies again and again.
\set claim_next 'select kinkster.claim_next_turn(''w'')'
update kinkster.settings set max_attempts = 2, clock_offset = '61 seconds';
select is(
  pg_temp.as_role('kinkster_worker', null, :'claim_next')::jsonb #>> '{plan,attempt}', '2', 'an expired lease is claimed again'
);
update kinkster.settings set clock_offset = '122 seconds';
select is(
  pg_temp.as_role('kinkster_worker', null, :'claim_next')::jsonb, '{"state": "idle"}', 'until the attempts are used up'
);
select is(
  (select array[status, error_code, error_message, error_hint] from public.kinkster_turns where id = :'turn'),
  array['failed', 'worker_lost', 'The reply was interrupted several times and did not finish.', 'Send the message again.'],
  'then it fails'
);

select * from finish();
rollback;
