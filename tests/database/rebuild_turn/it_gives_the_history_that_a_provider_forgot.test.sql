begin;
\ir ../setup.psql
select plan(5);

select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}') as kinkster \gset
select pg_temp.talked(:'ada', :'kinkster', 'I like tea.') as x \gset
select pg_temp.began(:'ada', :'kinkster', 'What do I like?') as began \gset
\set rebuild 'select kinkster.rebuild_turn(%L, %L, %L)'

select is(:'began'::jsonb #>> '{plan,previous_response_id}', 'resp_1', 'it was chained');
select is(
  pg_temp.as_role('kinkster_worker', null, :'rebuild', :'ada', :'began'::jsonb #>> '{plan,turn_id}',
    :'began'::jsonb #>> '{plan,lease}')::jsonb,
  '[{"role": "user", "content": "I like tea."}, {"role": "assistant", "content": "Well met."}]', 'what was said before'
);
select is((select continuity from public.kinkster_turns where status = 'streaming'), 'rebuilt', 'it is noted');
select is(
  pg_temp.refusal_of('kinkster_worker', null, :'rebuild', :'ada', :'began'::jsonb #>> '{plan,turn_id}', :'unknown'),
  :'lease_lost', 'another lease learns nothing'
);
select pg_temp.settled(:'began') as x \gset
select is(
  pg_temp.refusal_of('kinkster_worker', null, :'rebuild', :'ada', :'began'::jsonb #>> '{plan,turn_id}',
    :'began'::jsonb #>> '{plan,lease}'),
  :'lease_lost', 'nor does a worker that has settled'
);

select * from finish();
rollback;
