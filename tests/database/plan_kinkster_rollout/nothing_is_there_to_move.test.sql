begin;
\ir ../setup.psql
\ir ../rollout.psql
select plan(4);

select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses", "bio": "Has moved long ago."}') as moved \gset
select pg_temp.operator('plan_kinkster_rollout()') as plan \gset
select is(:'plan'::jsonb -> 'success', 'true', 'a plan is made');
select is(array[:'plan'::jsonb -> 'moves', :'plan'::jsonb -> 'stays'], array['0'::jsonb, '0'], 'of nobody');
select is(array[:'plan'::jsonb -> 'moving', :'plan'::jsonb -> 'staying'], array['[]'::jsonb, '[]'], 'by name');
select is(:'plan'::jsonb ->> 'state', 'planned', 'and nothing is begun');

select * from finish();
rollback;
