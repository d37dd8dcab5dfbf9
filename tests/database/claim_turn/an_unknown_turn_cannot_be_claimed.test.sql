begin;
\ir ../setup.psql
select plan(3);

select pg_temp.as_user(
  :'ada', 'select send_kinkster_message(%L, ''Hello'')', pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}')::text
)::jsonb ->> 'turn_id' as turn \gset

select is(
  pg_temp.refusal_of('kinkster_worker', null, 'select kinkster.claim_turn(%L, %L, ''w'')', user_id, turn_id),
  refusal, why
) from (values
  (:'ada', :'unknown', 'KW001: This turn is not waiting for a worker.', 'unknown'),
  (:'bea', :'turn', 'KW001: This turn is not waiting for a worker.', 'another user''s'),
  (:'ada', :'turn', 'not refused', 'one that waits')
) as c (user_id, turn_id, refusal, why);

select * from finish();
rollback;
