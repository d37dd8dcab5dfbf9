begin;
\ir ../setup.psql
select plan(4);

select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}') as kinkster \gset
select pg_temp.talked(:'ada', :'kinkster', 'One') as x \gset
select pg_temp.talked(:'ada', :'kinkster', 'Two') #>> '{plan,turn_id}' as two \gset
update public.profiles set hard_limits = array['heights'] where id = :'ada';
select pg_temp.as_user(:'ada', 'select regenerate_kinkster_reply(%L)', :'two')::jsonb ->> 'turn_id' as again \gset
select pg_temp.claimed(:'ada', :'again') as claimed \gset

select is(:'claimed'::jsonb #> '{plan,previous_response_id}', 'null', 'the provider''s memory was made under other limits');
select is(
  :'claimed'::jsonb #> '{plan,history}', '[{"role": "user", "content": "One"}, {"role": "assistant", "content": "Well met."}]',
  'it is told what came before'
);
select alike(:'claimed'::jsonb #>> '{plan,limits}', '%"heights"%', 'under the new ones');
select is((select continuity from public.kinkster_turns where id = :'again'), 'rebuilt', 'it is noted');

select * from finish();
rollback;
