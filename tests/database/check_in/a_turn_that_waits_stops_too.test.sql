begin;
\ir ../setup.psql
select plan(3);

select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}') as kinkster \gset
select pg_temp.as_user(:'ada', 'select send_kinkster_message(%L, ''One'')', :'kinkster') as x \gset
select pg_temp.as_user(:'ada', 'select send_kinkster_message(%L, ''safeword'')', :'kinkster') as x \gset
select is(
  (select array[status, error_code] from public.kinkster_turns where message = 'One'), array['cancelled', 'safeword'], 'one that is queued'
);

select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}') as other \gset
select pg_temp.settled(pg_temp.began(:'ada', :'other', 'Two'), :'unavailable') as x \gset
select pg_temp.as_user(:'ada', 'select send_kinkster_message(%L, ''safeword'')', :'other') as x \gset
select is(
  (select array[status, error_code, next_attempt_at::text] from public.kinkster_turns where message = 'Two'),
  array['cancelled', 'safeword', null], 'one that waits for its next attempt'
);
select pg_temp.later('1 hour');
select is(
  pg_temp.as_role('kinkster_worker', null, 'select kinkster.claim_next_turn(''w'') ->> ''state'''), 'idle', 'neither is taken up again'
);

select * from finish();
rollback;
