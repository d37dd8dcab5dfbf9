begin;
\ir ../setup.psql
select plan(13);

select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}') as kinkster \gset
select is(
  pg_temp.settled(pg_temp.began(:'ada', :'kinkster', code), :'unavailable'::jsonb || jsonb_build_object('error_code', code)) ->> 'status',
  'failed', code
) from unnest(array[
  'provider_unauthorized', 'provider_quota_exhausted', 'provider_rejected', 'provider_not_configured', 'reply_incomplete',
  'reply_filtered', 'reply_refused', 'worker_error'
]) as code;
select is(
  pg_temp.settled(pg_temp.began(:'ada', :'kinkster', 'shown'), :'unavailable'::jsonb || '{"reply": "Wel", "shown": true}') ->> 'status',
  'failed', 'whatever it was, once a client was sent text of it'
);
select is((select is_shown from public.kinkster_turns where message = 'shown'), true, 'which is noted');
select pg_temp.began(:'ada', :'kinkster', 'shown at a checkpoint') as began \gset
select pg_temp.kept(:'began', 0, 'Wel', true) as x \gset
select is(
  pg_temp.settled(:'began', :'unavailable'::jsonb || '{"reply": "Wel", "shown": false}') ->> 'status', 'failed', 'or had been at a checkpoint'
);
select is((select is_shown from public.kinkster_turns where message = 'shown at a checkpoint'), true, 'which no later word takes back');
update kinkster.settings set max_attempts = 1;
select is(
  pg_temp.settled(pg_temp.began(:'ada', :'kinkster', 'one attempt'), :'unavailable') ->> 'status', 'failed', 'or when all attempts are used up'
);

select * from finish();
rollback;
