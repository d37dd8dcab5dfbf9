begin;
\ir ../setup.psql
\ir ../rollout.psql
select plan(8);

select pg_temp.simple(:'ada') as kinkster \gset
select pg_temp.simple(:'ada', 'K' || n) from generate_series(1, 4) as n;
select pg_temp.operator('plan_kinkster_rollout()') as x, pg_temp.operator('start_kinkster_rollout()') as y \gset
select is(
  pg_temp.refused('advance_kinkster_rollout()'),
  'PT409: The rollout is not ready for its next step. '
  'Error rate: too few turns to compare, 0 of what has moved and 0 of Flowise; 30 of each are needed. '
  'Time to the first text at p95: too few turns to compare, 0 of what has moved and 0 of Flowise; 30 of each are needed. '
  '(Wait for more turns, or look into it; p_anyway (--anyway) advances all the same.)', 'too few turns say nothing'
);
select pg_temp.had(:'ada', :'kinkster', 'flowise', 29), pg_temp.had(:'ada', :'kinkster', 'openai_responses', 29);
select matches(pg_temp.refused('advance_kinkster_rollout()'), '29 of what has moved and 29 of Flowise', 'some are not enough');
select pg_temp.had(:'ada', :'kinkster', 'flowise', 1);
select matches(pg_temp.refused('advance_kinkster_rollout()'), '29 of what has moved', 'on either side');
select pg_temp.had(:'ada', :'kinkster', 'openai_responses', 2, '{"first_text_ms": 1800}');
select matches(pg_temp.refused('advance_kinkster_rollout()'), '^PT409: .* Time to the first text at p95: 1.80 s over 31 turns, beside 1.0[0-9] s over 30 at Flowise', 'what is broken is named');
select unalike(pg_temp.refused('advance_kinkster_rollout()'), '%Error rate%', 'and nothing else');
select pg_temp.had(:'ada', :'kinkster', 'openai_responses', 20);
select is(pg_temp.operator('advance_kinkster_rollout()') ->> 'stage', '2', 'what is well goes on, whatever is not known of cost and ratings');
select matches(pg_temp.refused('advance_kinkster_rollout()'), '0 of what has moved and 30 of Flowise', 'each step is measured anew');
select is(pg_temp.operator('advance_kinkster_rollout(p_anyway => true)') ->> 'state', 'completed', 'the operator may know better');

select * from finish();
rollback;
