begin;
\ir ../setup.psql
\ir ../rollout.psql
select plan(7);

select pg_temp.simple(:'ada', 'K' || n) from generate_series(1, 12) as n;
select pg_temp.operator('plan_kinkster_rollout()') as x, pg_temp.operator('start_kinkster_rollout()') as y \gset
select matches(
  pg_temp.refused('advance_kinkster_rollout(p_share => 50, p_anyway => true)'), '^PT422: 50 is no share to advance to. \(Leave it out', 'before the third stage'
);
select pg_temp.operator('advance_kinkster_rollout(p_anyway => true)') as x \gset
select matches(pg_temp.refused('advance_kinkster_rollout(p_share => 0, p_anyway => true)'), '^PT422: .*Use 1 to 100', 'nothing');
select matches(pg_temp.refused('advance_kinkster_rollout(p_share => 101, p_anyway => true)'), '^PT422', 'more than all');
select is(pg_temp.operator('advance_kinkster_rollout(p_share => 10, p_anyway => true)') -> 'share', '10', 'a small one is fine');
select is(kinkster.rollout_status() #> '{next,share}', '25', 'what comes next is the next of the usual ones');
select matches(pg_temp.refused('advance_kinkster_rollout(p_share => 10, p_anyway => true)'), '^PT422: .*Use 11 to 100', 'no step back');
select pg_temp.operator('advance_kinkster_rollout(p_share => 100, p_anyway => true)') as x \gset
select matches(pg_temp.refused('advance_kinkster_rollout(p_share => 100, p_anyway => true)'), '^PT422: .*Leave it out', 'nor one past the end');

select * from finish();
rollback;
