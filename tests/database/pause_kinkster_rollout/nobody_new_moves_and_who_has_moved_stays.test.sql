begin;
\ir ../setup.psql
\ir ../rollout.psql
select plan(7);

select pg_temp.simple(null, 'The system''s') as kinkster \gset
select pg_temp.operator('plan_kinkster_rollout()') as x \gset
select matches(pg_temp.refused('pause_kinkster_rollout()'), '^PT409: This rollout is planned. \(start_', 'what was not started is not paused');
select pg_temp.operator('start_kinkster_rollout()') as y, pg_temp.answers(:'ada', :'kinkster') as z \gset
select is(pg_temp.operator('pause_kinkster_rollout(p_reason => ''  '')') ->> 'paused_because', 'Paused by hand.', 'with or without a reason');
select is(pg_temp.answers(:'ada', :'kinkster'), 'openai_responses', 'who has moved stays');
select is(
  (select continuity from public.kinkster_turns order by created_at desc limit 1), 'chained', 'in the same chain'
);
select is(pg_temp.answers(:'bea', :'kinkster'), 'flowise', 'nobody new moves');
select matches(pg_temp.refused('pause_kinkster_rollout()'), '^PT409: This rollout is paused. \(start_', 'it is paused once');
select pg_temp.operator('start_kinkster_rollout()') as y \gset
select is(pg_temp.answers(:'bea', :'kinkster'), 'openai_responses', 'until it goes on');

select * from finish();
rollback;
