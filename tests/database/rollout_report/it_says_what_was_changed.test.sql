begin;
\ir ../setup.psql
\ir ../rollout.psql
select plan(8);

select pg_temp.simple(:'ada') as kinkster \gset
select pg_temp.new_kinkster(:'ada', '{"name": "Own", "bio": "x", "flowise_chatflow_id": "own"}') as own \gset
update kinkster.settings set clock_offset = date_trunc('hour', kinkster.now()) - kinkster.now() + clock_offset + interval '3 hours 10 minutes';
select pg_temp.had(:'ada', :'kinkster', 'flowise', 20, jsonb_build_object('created_at', kinkster.now() - interval '2 hours', 'first_text_ms', 2000));
select pg_temp.had(:'ada', :'own', 'flowise', 7, jsonb_build_object('created_at', kinkster.now() - interval '2 hours'));
select pg_temp.operator('plan_kinkster_rollout()') as x \gset
select is(kinkster.rollout_report() -> 'before', null, 'of a plan there is nothing to tell');
select pg_temp.operator('start_kinkster_rollout()') as x \gset
select pg_temp.had(:'ada', :'kinkster', 'openai_responses', 18, '{"first_text_ms": 500, "cost_usd": 0.0001}');
select pg_temp.had(:'ada', :'kinkster', 'openai_responses', 2, :'failed');
select kinkster.rollout_report() as report \gset
select is(
  array[:'report'::jsonb #> '{before,turns}', :'report'::jsonb #> '{after,turns}'], array['20'::jsonb, '20'], 'the characters that it reached, before and after'
);
select ok((:'report'::jsonb #>> '{before,first_text_p50_ms}')::integer between 1900 and 2100, 'as they were');
select ok((:'report'::jsonb #>> '{after,first_text_p50_ms}')::integer between 475 and 525, 'as they are');
select is(
  array[:'report'::jsonb #>> '{before,error_rate}', :'report'::jsonb #>> '{after,error_rate}'], array['0.0000', '0.1000'], 'with their errors'
);
select is((:'report'::jsonb #>> '{after,cost_per_message_usd}')::numeric, (18 * 0.0001 + 2 * 0.001) / 18, 'and costs');
select is(:'report'::jsonb #>> '{choice,staying,0,examples,0,name}', 'Own', 'who stays is named');
select matches(:'report'::jsonb #>> '{choice,staying,0,reason}', '^It has a chatflow of its own', 'with the reason');

select * from finish();
rollback;
