begin;
\ir ../setup.psql
\ir ../rollout.psql
select plan(17);

select pg_temp.simple(:'ada') as kinkster \gset
select pg_temp.operator('plan_kinkster_rollout()') as x, pg_temp.operator('start_kinkster_rollout()') as y \gset
create function pg_temp.state(p_guardrail text) returns text language sql as $$
  select g ->> 'state' from jsonb_array_elements(kinkster.rollout_status() -> 'guardrails') as g where g ->> 'guardrail' = p_guardrail
$$;
create function pg_temp.because(p_guardrail text) returns text language sql as $$
  select g ->> 'because' from jsonb_array_elements(kinkster.rollout_status() -> 'guardrails') as g where g ->> 'guardrail' = p_guardrail
$$;
select is(
  jsonb_path_query_array(kinkster.rollout_status(), '$.guardrails[*].state'),
  '["not_enough_turns", "not_enough_turns", "not_enough_turns", "not_enough_turns"]', 'of nothing nothing is said'
);
select pg_temp.had(:'ada', :'kinkster', 'flowise', 100), pg_temp.had(:'ada', :'kinkster', 'openai_responses', 57);
select is(
  jsonb_path_query_array(kinkster.rollout_status(), '$.guardrails[*].state'), '["ok", "ok", "ok", "not_enough_turns"]', 'what is alike is well'
);

-- Error rate: at most five in a hundred more.
select pg_temp.had(:'ada', :'kinkster', 'openai_responses', 3, :'failed');
select is(pg_temp.state('error_rate'), 'ok', 'five in a hundred are allowed');
select pg_temp.had(:'ada', :'kinkster', 'openai_responses', 5, :'failed'::jsonb || '{"error_code": "database_lost"}');
select pg_temp.had(:'ada', :'kinkster', 'openai_responses', 5, '{"status": "cancelled"}');
select is(pg_temp.state('error_rate'), 'ok', 'our own faults, and turns that were cancelled, are not the provider''s');
select pg_temp.had(:'ada', :'kinkster', 'openai_responses', 1, :'failed');
select is(
  pg_temp.because('error_rate'),
  'Error rate: 6.56 % over 61 turns, beside 0.00 % over 100 at Flowise; 5.00 % is the most allowed.', 'more are too many'
);
select is(pg_temp.state('error_rate'), 'broken', 'and say so');
update kinkster.rollouts set error_rate_points = 0.1;
select is(pg_temp.state('error_rate'), 'ok', 'as the operator sees it');

-- First text: of 60 turns the three slowest do not count, the fourth does.
select pg_temp.had(:'ada', :'kinkster', 'openai_responses', 3, '{"first_text_ms": 9000}');
select is(pg_temp.state('first_text_p95_ms'), 'ok', 'a few slow ones are no matter');
select pg_temp.had(:'ada', :'kinkster', 'openai_responses', 1, '{"first_text_ms": 9000}');
select matches(pg_temp.because('first_text_p95_ms'), '^Time to the first text at p95: 9.00 s over 61 turns, beside 1.0[0-9] s over 100', 'one in twenty is');

-- Cost per message.
select pg_temp.had(:'ada', :'kinkster', 'openai_responses', 9, '{"cost_usd": 0.01}');
select is(
  pg_temp.because('cost_per_message_usd'),
  'Cost of 1,000 messages: 2.36 USD over 70 turns, beside 1.00 USD over 100 at Flowise; 1.50 USD is the most allowed.', 'what costs more, with what failed'
);
select is(pg_temp.state('cost_per_message_usd'), 'broken', 'is refused');
update public.kinkster_turns set cost_usd = null where provider = 'flowise';
select is(pg_temp.state('cost_per_message_usd'), 'unknown', 'of an unknown cost nothing is said');
update kinkster.settings set flowise_monthly_cost_usd = 1000000000;
select is(pg_temp.state('cost_per_message_usd'), 'ok', 'hosting is a cost');

-- Ratings.
select pg_temp.rated('flowise', 1, 9), pg_temp.rated('flowise', -1, 1), pg_temp.rated('openai_responses', 1, 9);
select is(pg_temp.state('good_share'), 'not_enough_turns', 'nine ratings are too few');
select pg_temp.rated('openai_responses', -1, 3);
select is(pg_temp.state('good_share'), 'ok', 'a little worse is no matter');
select pg_temp.rated('openai_responses', -1, 1);
select is(
  pg_temp.because('good_share'), 'Share of good ratings: 69.23 % over 13 ratings, beside 90.00 % over 10 at Flowise; 75.00 % is the least allowed.', 'much worse is'
);
select is(pg_temp.state('good_share'), 'broken', 'and says so');

select * from finish();
rollback;
