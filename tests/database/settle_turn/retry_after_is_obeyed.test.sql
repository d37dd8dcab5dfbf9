begin;
\ir ../setup.psql
select plan(5);

select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}') as kinkster \gset
select pg_temp.began(:'ada', :'kinkster', 'One') as one \gset
select pg_temp.settled(:'one', :'unavailable'::jsonb || '{"error_code": "provider_rate_limited", "retry_after_seconds": 60}') as answer \gset
select ok((:'answer'::jsonb ->> 'retry_in_seconds')::float between 60 and 61.5, 'as long as the provider says');
select ok(
  (select next_attempt_at >= clock_timestamp() + interval '60 seconds' from public.kinkster_turns where message = 'One'), 'by the row too'
);
select pg_temp.as_user(:'ada', 'select cancel_kinkster_turn(%L)', :'one'::jsonb #>> '{plan,turn_id}') as x \gset
select pg_temp.began(:'ada', :'kinkster', 'Two') as two \gset
select pg_temp.settled(:'two', :'unavailable'::jsonb || '{"error_code": "provider_rate_limited", "retry_after_seconds": 301}') as answer \gset
select is(
  array[:'answer'::jsonb ->> 'status', :'answer'::jsonb ->> 'retry_in_seconds'], array['failed', null], 'but nobody waits for more than five minutes'
);
select is(
  (select extract(epoch from next_attempt_at - finished_at) from public.kinkster_turns where message = 'Two'), 301::numeric,
  'the row says when it may be sent again'
);
select is(
  pg_temp.began(:'ada', :'kinkster', 'Two', null, (:'two'::jsonb #>> '{plan,turn_id}')::uuid) ->> 'state', 'claimed', 'whoever asks again may'
);

select * from finish();
rollback;
