begin;
\ir ../setup.psql
\ir ../rollout.psql
select plan(7);

select pg_temp.simple(:'ada') as kinkster \gset
select pg_temp.had(:'ada', :'kinkster', 'flowise', 29);
select pg_temp.operator('plan_kinkster_rollout()') as x, pg_temp.operator('start_kinkster_rollout()') as y \gset
create function pg_temp.first() returns jsonb language sql as $$ select kinkster.rollout_status() #> '{guardrails,0}' $$;
select pg_temp.had(:'ada', :'kinkster', 'openai_responses', 500), pg_temp.later('2 days');
select is(pg_temp.first() ->> 'state', 'not_enough_turns', 'of Flowise, too few turns are too few');
select pg_temp.had(:'ada', :'kinkster', 'flowise', 21);
select is(pg_temp.first() -> 'counted', '500', 'where the last day has too few turns, all since the last step count');
select pg_temp.had(:'ada', :'kinkster', 'openai_responses', 30);
select is(pg_temp.first() -> 'counted', '30', 'where it has enough, it alone');
select pg_temp.had(:'ada', :'kinkster', 'openai_responses', 4, :'failed');
select is(pg_temp.first() ->> 'state', 'broken', 'so that a change for the worse is not lost among good days');
select is(pg_temp.first() -> 'flowise_counted', '50', 'of Flowise, the last week');
select pg_temp.later('10 days'), pg_temp.had(:'ada', :'kinkster', 'openai_responses', 30);
select is(pg_temp.first() -> 'flowise_counted', '50', 'and where that has too few, since a week before the start');
select pg_temp.had(:'bea', :'kinkster', 'openai_responses', 0), pg_temp.talked(:'ada', pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}'));
select is(pg_temp.first() -> 'counted', '30', 'turns that no rollout has moved are no measure of it');

select * from finish();
rollback;
