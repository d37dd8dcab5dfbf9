begin;
\ir ../setup.psql
select plan(24);

create function pg_temp.report(p_days integer default 30) returns jsonb language sql as $$
  select pg_temp.as_role('kinkster_worker', null, 'select kinkster.provider_report(%L)', p_days::text)::jsonb
$$;
create function pg_temp.because(p_figure text) returns text language sql as $$
  select c ->> 'because' from jsonb_array_elements(pg_temp.report() -> 'comparisons') as c where c ->> 'figure' = p_figure
$$;
select is(
  (select array[r ->> 'verdict', r ->> 'because', r ->> 'simple_kinksters'] from (select pg_temp.report() as r) as x),
  array['too_few_turns', 'Too few turns to compare, which takes 30 of each: 0 of Flowise, 0 of Responses.', null], 'before anything was said'
);
select is(
  (select array[r #>> '{flowise,cost_per_message_usd}', r #>> '{flowise,error_rate}', r #>> '{flowise,first_text_p50_range_ms}'] from (select pg_temp.report() as r) as x),
  array[null, null, null]::text[], 'what is not known is null, not 0'
);
select is((pg_temp.report() ->> 'days'), '30', 'a month');
select is(
  (pg_temp.report(7) ->> 'since')::timestamptz, date_trunc('day', kinkster.now() - interval '7 days', 'UTC'), 'or as long as one likes'
);
select is(
  array(select pg_temp.refusal_of('kinkster_worker', null, 'select kinkster.provider_report(%s)', d) from unnest('{0,-1,367,"null"}'::text[]) as d),
  array[
    'PT422: A report can''t cover 0 days. (Choose 1 to 366 days.)', 'PT422: A report can''t cover -1 days. (Choose 1 to 366 days.)',
    'PT422: A report can''t cover 367 days. (Choose 1 to 366 days.)', 'PT422: A report can''t cover no days. (Choose 1 to 366 days.)'
  ], 'within bounds'
);
select is(
  pg_temp.refusal(:'ada', 'select kinkster.provider_report()'), '42501: permission denied for function provider_report', 'it is no user''s'
);
select is(pg_temp.as_role('service_role', null, 'select kinkster.provider_report() ->> ''success'''), 'true', 'it is the operator''s');

-- Turns of two characters, all alike: p_count of each p_status.
select pg_temp.new_kinkster(:'ada', '{"provider": "flowise", "flowise_chatflow_id": "a"}') as flowise \gset
select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}') as responses \gset
insert into public.kinkster_conversations (user_id, id, kinkster_id) values (:'ada', :'flowise', :'flowise'), (:'ada', :'responses', :'responses');
create function pg_temp.had(
  p_kinkster uuid, p_count integer, p_first_text_ms integer, p_cost numeric default null, p_status text default 'completed',
  p_age interval default '1 day'
) returns void language sql as $$
  insert into public.kinkster_turns (
    user_id, conversation_id, message, status, reply, provider, first_text_ms, cost_usd, started_at, finished_at, created_at,
    error_code, error_message, error_hint
  )
  select
    c.user_id, c.id, 'Hello', p_status, 'Well met.', k.provider, p_first_text_ms, p_cost, t.at, t.at + interval '3 seconds', t.at,
    e.code, e.code, e.code
  from public.kinkster_conversations as c
  join public.kinksters as k on k.id = c.kinkster_id
  cross join lateral (select kinkster.now() - p_age as at) as t
  cross join lateral (select case p_status when 'failed' then 'provider_timeout' end as code) as e
  cross join generate_series(1, p_count)
  where c.id = p_kinkster
$$;
select pg_temp.had(:'flowise', 12, 900), pg_temp.had(:'responses', 50, 300, 0.0004);
select is(pg_temp.report() ->> 'because', 'Too few turns to compare, which takes 30 of each: 12 of Flowise, 50 of Responses.', 'too few of one');
select pg_temp.had(:'flowise', 38, 900), pg_temp.had(:'flowise', 1000, 1, p_age => '40 days');
select is(
  (select array[r ->> 'verdict', r ->> 'because'] from (select pg_temp.report() as r) as x),
  array[
    'openai_responses',
    'Responses does better, and worse at nothing that can be compared: 50 turns of Flowise, 50 of Responses.'
  ], 'faster, and as good otherwise, in these days'
);
select alike(pg_temp.because('first_text_p50_ms'), 'First text: half of the replies begin within % ms at Flowise, within % ms at Responses.', 'why');
select is(
  pg_temp.because('cost_per_message_usd'),
  'Cost of 1,000 messages: not known at Flowise, 0.40 USD at Responses, until flowise_monthly_cost_usd of kinkster.settings says what it costs to run.',
  'a cost that nobody told'
);
select is(pg_temp.because('good_share'), 'Ratings: 0 good of Flowise''s 0, 0 good of Responses'' 0, and 10 of each are needed.', 'nobody rated');
select ok(
  (select (f #>> '{first_text_p50_range_ms,0}')::integer between 850 and 950 and (f #>> '{first_text_p50_range_ms,1}')::integer between 850 and 950
   from (select pg_temp.report() -> 'flowise' as f) as x), 'where all are alike the median is sure'
);

-- Costs.
select is((pg_temp.report() #> '{openai_responses,cost_is_whole}'), 'true', 'all of its cost is known');
select is((pg_temp.report() #> '{flowise,cost_is_whole}'), 'false', 'nothing of this one''s');
update kinkster.settings set flowise_monthly_cost_usd = 40;
select is((pg_temp.report() #> '{flowise,cost_is_whole}'), 'false', 'hosting is a part');
select alike(pg_temp.because('cost_per_message_usd'), 'Cost of 1,000 messages: at least % USD at Flowise, 0.40 USD at Responses%', 'and is said to be one');
select pg_temp.had(:'responses', 5, 300);
select is((pg_temp.report() #> '{openai_responses,cost_is_whole}'), 'true', 'nine in ten are nearly all');
select pg_temp.had(:'responses', 1, 300);
select is((pg_temp.report() #> '{openai_responses,cost_is_whole}'), 'false', 'less are not');

-- Errors.
select pg_temp.had(:'responses', 20, null, null, 'failed');
select is((select array[r ->> 'verdict'] from (select pg_temp.report() as r) as x), '{mixed}', 'faster, and failing');
select is(pg_temp.because('error_rate'), 'Errors: 0 of Flowise''s 50 turns, 20 of Responses'' 76.', 'how often');

-- Characters.
select is((pg_temp.report() -> 'flowise_kinksters'), '1', 'whom Flowise answers for');
select pg_temp.as_role('kinkster_worker', null, 'select kinkster.plan_rollout()') as x \gset
update kinkster.rollout_kinksters set is_simple = true;
select is((pg_temp.report() -> 'simple_kinksters'), '1', 'how many of them are simple, once there is a plan');
update public.kinksters set provider = 'openai_responses';
select is((pg_temp.report() -> 'simple_kinksters'), '0', 'and still there');

select * from finish();
rollback;
