begin;
\ir ../doctor.psql
select plan(6);

select is(pg_temp.doctor('rollout'), 'ok: No rollout is under way.', 'none');
insert into kinkster.rollouts (state) values ('rolled_back'), ('completed');
select is(pg_temp.state('rollout'), 'ok', 'those that are over are over');
insert into kinkster.rollouts (state) values ('planned');
select is(pg_temp.doctor('rollout'), 'ok: A rollout is planned, in stage 0, at 0 %.', 'one is planned');
update kinkster.rollouts set state = 'running', stage = 3, share = 25 where state = 'planned';
select is(pg_temp.doctor('rollout'), 'ok: A rollout is running, in stage 3, at 25 %.', 'one runs');
update kinkster.rollouts set state = 'paused', paused_because = 'Too many turns fail.' where state = 'running';
select is(
  pg_temp.doctor('rollout'),
  'warning: The rollout is paused in stage 3: Too many turns fail. > See kinkster rollout status; then kinkster rollout start, or kinkster rollout rollback.',
  'it is paused'
);
update kinkster.rollouts set paused_because = null where state = 'paused';
select alike(pg_temp.doctor('rollout'), 'warning: The rollout is paused in stage 3: nobody said why. > %', 'for no reason');

select * from finish();
rollback;
