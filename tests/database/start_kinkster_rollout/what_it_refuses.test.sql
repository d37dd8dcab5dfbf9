begin;
\ir ../setup.psql
\ir ../rollout.psql
select plan(8);

select is(
  pg_temp.refused('start_kinkster_rollout()'),
  'PT404: There is no rollout yet. (plan_kinkster_rollout makes one; left out, the id is that of the present one.)', 'what was not planned'
);
select matches(pg_temp.refused('start_kinkster_rollout(%L)', :'unknown'), '^PT404: There is no rollout with this id', 'an unknown one');
select pg_temp.operator('plan_kinkster_rollout()') as x \gset
select matches(pg_temp.refused('start_kinkster_rollout()'), '^PT409: No character of this plan moves', 'a plan of nobody');
select pg_temp.simple(:'ada') as kinkster \gset
select pg_temp.operator('plan_kinkster_rollout()') as x \gset
insert into kinkster.workers (name, version, seen_at, about) values ('w/1', '1', kinkster.now(), '{"openai": null}');
select matches(pg_temp.refused('start_kinkster_rollout()'), '^PT409: The worker w/1 has no key', 'while a worker could not answer');
update kinkster.workers set seen_at = kinkster.now() - interval '2 minutes';
select is(pg_temp.refused('start_kinkster_rollout()'), 'not refused', 'unless it is gone');
select matches(pg_temp.refused('start_kinkster_rollout()'), '^PT409: This rollout is running. \(advance_', 'one that runs');
select pg_temp.operator('rollback_kinkster_rollout()') as x \gset
select matches(pg_temp.refused('start_kinkster_rollout()'), '^PT409: This rollout is rolled back. \(plan_', 'one that was rolled back');
select is(
  pg_temp.refusal(:'ada', 'select public.start_kinkster_rollout()'), '42501: permission denied for function start_kinkster_rollout', 'anybody but the operator'
);

select * from finish();
rollback;
