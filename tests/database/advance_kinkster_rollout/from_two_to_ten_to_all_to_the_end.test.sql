begin;
\ir ../setup.psql
\ir ../rollout.psql
select plan(9);

select pg_temp.simple(:'ada', 'K' || n) from generate_series(1, 12) as n;
select pg_temp.operator('plan_kinkster_rollout()') as x, pg_temp.operator('start_kinkster_rollout()') as y \gset
create function pg_temp.step(p_share integer default null) returns text language sql as $$
  select concat_ws(' ', s ->> 'state', s ->> 'stage', s ->> 'share', s #>> '{kinksters,reached}')
  from pg_temp.operator('advance_kinkster_rollout(p_share => %L, p_anyway => true)', p_share::text) as s
$$;
select is(pg_temp.step(), 'running 2 100 10', 'from two to ten');
select is(kinkster.rollout_status() #> '{next,stage}', '3', 'it says what comes next');
select is(pg_temp.step(), 'running 3 25 12', 'to all, by share');
select is(pg_temp.step(), 'running 3 50 12', 'that grows');
select is(pg_temp.step(60), 'running 3 60 12', 'as the operator says');
select is(pg_temp.step(), 'running 3 100 12', 'until all have moved');
select is(pg_temp.step(), 'completed 4 100 12', 'to the end');
select matches(pg_temp.refused('advance_kinkster_rollout()'), '^PT409: This rollout is completed. \(rollback_', 'after which nothing comes');
-- Three characters: nobody is left for the third stage.
update public.kinksters set provider = 'flowise' where name in ('K1', 'K2', 'K3');
select pg_temp.operator('plan_kinkster_rollout()') as x, pg_temp.operator('start_kinkster_rollout()') as y \gset
select is(array[pg_temp.step(), pg_temp.step()], array['running 2 100 3', 'completed 4 100 3'], 'a stage without characters is passed over');

select * from finish();
rollback;
