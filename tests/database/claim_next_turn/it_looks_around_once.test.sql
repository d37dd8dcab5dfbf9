begin;
\ir ../setup.psql
select plan(2);

select pg_temp.new_kinkster(null, '{"provider": "openai_responses"}') as system \gset
update kinkster.breakers set failures = 5, open_until = kinkster.now() + interval '30 seconds';
select pg_temp.as_user(:'ada', 'select send_kinkster_message(%L, ''One'')', :'system') as x \gset
select is(
  pg_temp.as_role('kinkster_worker', null, 'select kinkster.claim_next_turn(''w'', %L) ->> ''state''', :'bea'), 'idle',
  'after the last user it begins with the first'
);
select is((select error_code from public.kinkster_turns), 'provider_unavailable', 'whose turn it has seen');

select * from finish();
rollback;
