begin;
\ir ../setup.psql
select plan(3);

select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}') as kinkster \gset
select pg_temp.talked(:'ada', :'kinkster', 'I like tea.') as x \gset
select pg_temp.began(:'ada', :'kinkster', 'What do I like?', p_stateless => true) as began \gset

select is(:'began'::jsonb #> '{plan,previous_response_id}', 'null', 'no id');
select is(
  :'began'::jsonb #> '{plan,history}',
  '[{"role": "user", "content": "I like tea."}, {"role": "assistant", "content": "Well met."}]', 'what was said'
);
select is(
  (select continuity from public.kinkster_turns where status = 'streaming'), 'rebuilt', 'it is noted'
);

select * from finish();
rollback;
