begin;
\ir ../setup.psql
\ir ../rollout.psql
select plan(5);

select throws_ok(
  'insert into kinkster.rollouts (state) values (''planned''), (''paused'')', '23505', null, 'of those that are not over'
);
select lives_ok('insert into kinkster.rollouts (state) values (''completed''), (''rolled_back''), (''running'')', 'those that are over are history');
select throws_ok('update kinkster.rollouts set state = ''halfway''', '23514', null, 'a state is one of five');
select is(
  pg_temp.refusal_of('service_role', null, 'update kinkster.rollouts set state = ''completed'''), '42501: permission denied for table rollouts',
  'steps are taken by the functions'
);
select is(
  pg_temp.refusal_of('service_role', null, 'update kinkster.rollouts set p95_ratio = 2, min_turns = 10'), 'not refused', 'guardrails are the operator''s'
);

select * from finish();
rollback;
