begin;
\ir ../setup.psql
select plan(4);

\ir ../../../supabase/seed.sql
create temporary table once on commit drop as select to_jsonb(k) as row_, k.xmin::text as written_by from public.kinksters as k;
select results_eq(
  'select provider, count(*) from public.kinksters where is_system_kinkster and user_id is null group by provider order by provider',
  $$values ('flowise', 2::bigint), ('openai_responses', 2::bigint)$$, 'a few characters of both providers'
);
\ir ../../../supabase/seed.sql
select set_eq('select to_jsonb(k) as row_, k.xmin::text as written_by from public.kinksters as k', 'select * from once',
  'the second run writes nothing');
update public.kinksters set name = 'Renamed' where id = 'a0000000-0000-4000-8000-000000000001';
\ir ../../../supabase/seed.sql
select is(
  (select name from public.kinksters where id = 'a0000000-0000-4000-8000-000000000001'), 'Renamed',
  'nor does it undo an operator''s edit'
);
update kinkster.settings set default_flowise_chatflow_id = 'a-flow';
select is(
  (select count(*) from public.kinksters as k where (pg_temp.as_user(:'ada', 'select get_kinkster_chat_config(%L)',
    k.id::text)::jsonb -> 'can_chat') = 'true'),
  4::bigint, 'each can be chatted with'
);

select * from finish();
rollback;
