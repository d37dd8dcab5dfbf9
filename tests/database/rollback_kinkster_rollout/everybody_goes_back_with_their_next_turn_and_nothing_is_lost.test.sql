begin;
\ir ../setup.psql
\ir ../rollout.psql
select plan(10);

select pg_temp.simple(null, 'The system''s') as kinkster \gset
select pg_temp.talked(:'ada', :'kinkster', 'One') as x \gset
select pg_temp.operator('plan_kinkster_rollout()') as x \gset
select matches(pg_temp.refused('rollback_kinkster_rollout()'), '^PT409: This rollout is planned', 'a plan has nothing to take back');
select pg_temp.operator('start_kinkster_rollout()') as x \gset
select pg_temp.talked(:'ada', :'kinkster', 'Two') as two \gset
select is(:'two'::jsonb #>> '{plan,provider}', 'openai_responses', 'it has moved');
select is(jsonb_array_length(:'two'::jsonb #> '{plan,history}'), 2, 'with what was said');
select is(pg_temp.talked(:'ada', :'kinkster', 'Three') #>> '{plan,previous_response_id}', 'resp_1', 'and goes on there');
select pg_temp.operator('rollback_kinkster_rollout()') as status \gset
select is(array[:'status'::jsonb ->> 'state', :'status'::jsonb ->> 'next'], array['rolled_back', null], 'it is rolled back');
select pg_temp.talked(:'ada', :'kinkster', 'Four') as four \gset
select is(:'four'::jsonb #>> '{plan,provider}', 'flowise', 'the next turn goes back');
select is(
  jsonb_path_query_array(:'four'::jsonb, '$.plan.history[*] ? (@.role == "user").content'), '["One", "Two", "Three"]', 'and is told everything'
);
select is(
  array(select rebuilt_because from public.kinkster_turns order by created_at), array[null, 'provider_changed', null, 'provider_changed'], 'once'
);
select matches(pg_temp.refused('rollback_kinkster_rollout()'), '^PT409: This rollout is rolled back', 'nothing is taken back twice');
select pg_temp.operator('plan_kinkster_rollout()') as x, pg_temp.operator('start_kinkster_rollout()') as y \gset
select is(pg_temp.answers(:'ada', :'kinkster'), 'openai_responses', 'another rollout may move it again');

select * from finish();
rollback;
