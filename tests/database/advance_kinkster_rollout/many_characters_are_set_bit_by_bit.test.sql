begin;
\ir ../setup.psql
\ir ../rollout.psql
select plan(8);

select pg_temp.simple(:'ada', 'K' || n) from generate_series(1, 1002) as n;
select pg_temp.operator('plan_kinkster_rollout()') as x, pg_temp.operator('start_kinkster_rollout()') as y \gset
update kinkster.rollout_kinksters set stage = 1;
select pg_temp.operator('advance_kinkster_rollout(p_anyway => true)') as status \gset
select is(
  array[:'status'::jsonb ->> 'state', :'status'::jsonb ->> 'stage', :'status'::jsonb #>> '{kinksters,moved}'], array['running', '4', '1000'], 'a thousand at once'
);
select id as late from public.kinksters where provider = 'flowise' limit 1 \gset
select is(pg_temp.answers(:'ada', :'late'), 'openai_responses', 'those who are to come are answered like the others');
select is(pg_temp.watched() ->> 'state', 'none', 'a worker carries it on');
select is((select count(*)::integer from public.kinksters where provider = 'flowise'), 0, 'to the end');
select is((select state from kinkster.rollouts), 'completed', 'which is noted');
select pg_temp.operator('rollback_kinkster_rollout()') as status \gset
select is(
  array[:'status'::jsonb ->> 'state', :'status'::jsonb ->> 'ended_at', :'status'::jsonb #>> '{kinksters,restored}'], array['rolled_back', null, '1000'],
  'back in the same way'
);
select pg_temp.watched();
select is((select count(*)::integer from public.kinksters where provider = 'flowise'), 1002, 'until all are');
select isnt((select ended_at from kinkster.rollouts), null, 'then it is over');

select * from finish();
rollback;
