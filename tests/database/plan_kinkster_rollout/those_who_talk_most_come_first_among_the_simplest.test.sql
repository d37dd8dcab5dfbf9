begin;
\ir ../setup.psql
\ir ../rollout.psql
select plan(4);

select pg_temp.simple(:'ada', 'Quiet ' || n) from generate_series(1, 11) as n;
select pg_temp.simple(:'ada', 'Busy') as busy \gset
select pg_temp.simple(:'ada', 'Busiest') as busiest \gset
select pg_temp.simple(:'ada', 'Busy once') as once \gset
select pg_temp.had(:'ada', :'busy', 'flowise', 3), pg_temp.had(:'ada', :'busiest', 'flowise', 5), pg_temp.had(
  :'ada', :'once', 'flowise', 9, jsonb_build_object('created_at', kinkster.now() - interval '40 days')
);
select pg_temp.operator('plan_kinkster_rollout()') as plan \gset
select is(
  jsonb_path_query_array(:'plan'::jsonb, '$.moving[0 to 1].name'), '["Busiest", "Busy"]', 'the first stage has those with something to compare'
);
select is(jsonb_path_query_array(:'plan'::jsonb, '$.moving[0 to 2].turns_30_days'), '[5, 3, 0]', 'in the last 30 days');
select is(
  array(select count(*)::integer from kinkster.rollout_kinksters group by stage order by stage), array[2, 8, 4], 'two, up to ten, and the others'
);
select is(
  array(select position from kinkster.rollout_kinksters order by position), array(select generate_series(1, 14)), 'each has its place'
);

select * from finish();
rollback;
