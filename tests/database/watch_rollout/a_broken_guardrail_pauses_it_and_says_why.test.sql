begin;
\ir ../setup.psql
\ir ../rollout.psql
select plan(9);

select is(pg_temp.watched(), '{"state": "none", "rollout_id": null, "paused": false, "because": null}', 'where there is none, nothing is done');
select pg_temp.simple(:'ada') as kinkster \gset
select pg_temp.had(:'ada', :'kinkster', 'flowise', 50);
select pg_temp.operator('plan_kinkster_rollout()') as x \gset
select is(pg_temp.watched() ->> 'state', 'none', 'a plan is left alone');
select pg_temp.operator('start_kinkster_rollout()') as y \gset
select is(pg_temp.watched() ->> 'state', 'running', 'what is not known to be bad goes on');
select pg_temp.had(:'ada', :'kinkster', 'openai_responses', 27), pg_temp.had(:'ada', :'kinkster', 'openai_responses', 3, :'failed');
select is(pg_temp.watched() ->> 'paused', 'false', 'somebody looked a moment ago');
select pg_temp.later('30 seconds');
select pg_temp.watched() as found \gset
select is(:'found'::jsonb -> 'paused', 'true', 'then it is paused');
select is(
  :'found'::jsonb ->> 'because', 'Error rate: 10.00 % over 30 turns, beside 0.00 % over 50 at Flowise; 5.00 % is the most allowed.', 'with a reason'
);
select is(
  array[kinkster.rollout_status() ->> 'state', kinkster.rollout_status() ->> 'paused_because'], array['paused', :'found'::jsonb ->> 'because'],
  'that stays to be read'
);
select pg_temp.later('30 seconds');
select is(pg_temp.watched() -> 'paused', 'false', 'it is paused once');
select pg_temp.operator('start_kinkster_rollout()') as y \gset
select is(pg_temp.watched() ->> 'state', 'running', 'after which it is measured anew');

select * from finish();
rollback;
