begin;
\ir ../setup.psql
\ir ../rollout.psql
select plan(4);

select pg_temp.simple(:'ada') as kinkster \gset
select pg_temp.operator('plan_kinkster_rollout()') as x, pg_temp.operator('start_kinkster_rollout()') as y \gset
select pg_temp.had(:'ada', :'kinkster', 'openai_responses', 5);
select pg_temp.operator('pause_kinkster_rollout(p_reason => ''A look'')') as paused \gset
select is(:'paused'::jsonb #> '{guardrails,0,counted}', '5', 'turns are counted');
select pg_temp.later('1 minute');
select pg_temp.operator('start_kinkster_rollout()') as status \gset
select is(
  array[:'status'::jsonb ->> 'state', :'status'::jsonb ->> 'stage', :'status'::jsonb ->> 'paused_because'], array['running', '1', null], 'it goes on where it was'
);
select is(:'status'::jsonb #> '{guardrails,0,counted}', '0', 'from now on');
select is(:'status'::jsonb ->> 'started_at', :'paused'::jsonb ->> 'started_at', 'and was started when it was');

select * from finish();
rollback;
