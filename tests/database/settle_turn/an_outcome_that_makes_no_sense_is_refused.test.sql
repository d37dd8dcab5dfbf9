begin;
\ir ../setup.psql
select plan(14);

select pg_temp.began(:'ada', pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}')) as began \gset

select matches(
  pg_temp.refusal_of(
    'kinkster_worker', null, 'select kinkster.settle_turn(%L, %L, %L, %L)', :'ada', :'began'::jsonb #>> '{plan,turn_id}',
    :'began'::jsonb #>> '{plan,lease}', outcome
  ), refusal, why
) from (values
  ('{}', '^PT400: An outcome needs a status\.', 'nothing'),
  (null, '^PT400: ', 'null'),
  ('[]', '^PT400: ', 'a list'),
  ('"completed"', '^PT400: ', 'a text'),
  ('7', '^PT400: ', 'a number'),
  ('{"status": "queued"}', '^PT400: An outcome needs a status\.', 'a status that is no end'),
  ('{"status": null}', '^PT400: An outcome needs a status\.', 'no status'),
  ('{"status": "completed", "reply": "Hi", "cost": 1}', '^PT400: These are no keys of an outcome: .*cost.*Use status, reply, ',
    'an unknown key'),
  ('{"status": "completed"}', '^(PT400|23514): ', 'completed without a reply'),
  ('{"status": "completed", "reply": "Hi", "error_code": "x"}', '^(PT400|23514): ', 'completed with an error'),
  ('{"status": "failed"}', '^(PT400|23514): ', 'failed without a reason'),
  ('{"status": "cancelled", "api": "smtp"}', '^(PT400|23514): ', 'an unknown protocol'),
  ('{"status": "completed", "reply": " \u00a0"}', '^(PT400|23514): ', 'completed with a blank reply')
) as o (outcome, refusal, why);
select is((select status from public.kinkster_turns), 'streaming', 'nothing has changed');

select * from finish();
rollback;
