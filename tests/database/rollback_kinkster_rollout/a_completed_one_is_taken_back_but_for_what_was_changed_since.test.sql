begin;
\ir ../setup.psql
\ir ../rollout.psql
select plan(8);

select pg_temp.simple(:'ada') as kinkster \gset
select pg_temp.simple(:'ada', 'Chosen') as chosen \gset
select pg_temp.operator('plan_kinkster_rollout()') as x, pg_temp.operator('start_kinkster_rollout()') as y \gset
select pg_temp.answers(:'ada', :'kinkster') as x, pg_temp.operator('advance_kinkster_rollout(p_anyway => true)') as y \gset
select is(array(select provider from public.kinksters), array['openai_responses', 'openai_responses'], 'own providers are set');
select pg_temp.later('1 day');
select pg_temp.changed(:'ada', 'update kinksters set provider = ''flowise'' where id = %L', :'chosen') as x,
  pg_temp.changed(:'ada', 'update kinksters set provider = ''openai_responses'' where id = %L', :'chosen') as y,
  pg_temp.changed(:'ada', 'update kinksters set bio = ''Keeps bees too.'', openai_model = ''gpt-test'' where id = %L', :'kinkster') as z \gset
select pg_temp.operator('rollback_kinkster_rollout()') as status \gset
select is(:'status'::jsonb ->> 'state', 'rolled_back', 'it is rolled back');
select is((select provider from public.kinksters where id = :'kinkster'), 'flowise', 'the own provider is set back');
select is((select openai_model from public.kinksters where id = :'kinkster'), 'gpt-test', 'other edits stay');
select is((select provider from public.kinksters where id = :'chosen'), 'openai_responses', 'what was chosen by hand stays');
select is(:'status'::jsonb -> 'kinksters', '{"all": 2, "left": 1, "moved": 1, "reached": 2, "restored": 1}', 'it is counted');
select is(pg_temp.answers(:'ada', :'kinkster'), 'flowise', 'conversations go back');
select is(kinkster.rollout_report() #>> '{choice,left,0,left_because}', 'Its provider was chosen by hand meanwhile.', 'and who stays is named');

select * from finish();
rollback;
