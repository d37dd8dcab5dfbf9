begin;
\ir ../setup.psql
\ir ../rollout.psql
select plan(5);

select pg_temp.simple(:'ada');
select pg_temp.operator('plan_kinkster_rollout()') ->> 'rollout_id' as first \gset
select pg_temp.simple(:'ada', 'Another');
select pg_temp.operator('plan_kinkster_rollout()') as second \gset
select isnt(:'second'::jsonb ->> 'rollout_id', :'first', 'a plan takes the place of the one before');
select is(array(select id::text from kinkster.rollouts), array[:'second'::jsonb ->> 'rollout_id'], 'which is gone');
select pg_temp.operator('start_kinkster_rollout()') as x \gset
select is(
  pg_temp.refused('plan_kinkster_rollout()'),
  'PT409: A rollout is running. (Take it to its end with advance_kinkster_rollout, or back with rollback_kinkster_rollout, then plan another.)',
  'not while one runs'
);
select pg_temp.operator('pause_kinkster_rollout()') as x \gset
select matches(pg_temp.refused('plan_kinkster_rollout()'), '^PT409: A rollout is paused', 'or is paused');
select pg_temp.operator('rollback_kinkster_rollout()') as x \gset
select is(pg_temp.operator('plan_kinkster_rollout()') -> 'moves', '2', 'after it');

select * from finish();
rollback;
