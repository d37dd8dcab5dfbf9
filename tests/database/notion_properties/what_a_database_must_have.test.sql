begin;
\ir ../notion.psql
select plan(5);

select pg_temp.as_worker('select kinkster.notion_properties()') as properties \gset
select is(:'properties'::jsonb ->> 'Name', 'title', 'a title');
select is((select count(*) from jsonb_each_text(:'properties') as p where p.value = 'title'), 1::bigint, 'one');
select is(:'properties'::jsonb ->> 'Supabase ID', 'rich_text', 'by which a page is found');
select pg_temp.new_kinkster(:'ada') as kinkster \gset
update public.profiles set notion_kinksters_database_id = 'a-database';
select is(
  (select jsonb_object_agg(p.key, kind.key) from jsonb_each(
    pg_temp.as_user(:'ada', 'select prepare_kinkster_for_notion(%L) -> ''properties''', :'kinkster')::jsonb
  ) as p cross join lateral jsonb_each(p.value) as kind),
  :'properties'::jsonb, 'each property that is sent, as it is sent'
);
select is(
  (select array_agg(distinct p.value order by p.value) from jsonb_each_text(:'properties') as p),
  array['checkbox', 'date', 'files', 'multi_select', 'number', 'rich_text', 'select', 'title'], 'in types that can be created'
);

select * from finish();
rollback;
