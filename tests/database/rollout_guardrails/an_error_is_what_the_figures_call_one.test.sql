begin;
\ir ../setup.psql
\ir ../rollout.psql
select plan(2);

select pg_temp.simple(:'ada') as kinkster \gset
select pg_temp.operator('plan_kinkster_rollout()') as x, pg_temp.operator('start_kinkster_rollout()') as y \gset
select pg_temp.had(:'ada', :'kinkster', 'openai_responses', 1);
select pg_temp.had(:'ada', :'kinkster', 'openai_responses', 1, :'failed'::jsonb || jsonb_build_object('error_code', code))
from unnest(array[
  'worker_error', 'client_gone', 'worker_stopped', 'database_lost',
  'provider_error', 'provider_not_configured', 'provider_unreachable', 'provider_timeout',
  'provider_unauthorized', 'provider_rate_limited', 'provider_quota_exhausted', 'provider_unavailable',
  'provider_rejected', 'provider_misbehaved', 'reply_cut_off', 'reply_incomplete',
  'reply_filtered', 'reply_refused', 'reply_empty', 'lease_lost',
  'not_chattable'
]) as code;
select isnt(
  (select sum(failed_by_us) from kinkster.measured_turns), 0::numeric, 'some failures are by us, some are not'
);
select is(
  kinkster.rollout_status() #> '{guardrails,0,counted}', (select to_jsonb(sum(completed + failed - failed_by_us)) from kinkster.measured_turns),
  'the same are counted as everywhere'
);

select * from finish();
rollback;
