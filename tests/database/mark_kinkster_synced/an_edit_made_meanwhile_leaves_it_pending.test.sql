begin;
\ir ../setup.psql
select plan(5);

update public.profiles set notion_kinksters_database_id = 'a-database' where id = :'ada';
select pg_temp.new_kinkster(:'ada') as kinkster \gset
select pg_temp.as_user(:'ada', 'select prepare_kinkster_for_notion(%L) -> ''revision''', :'kinkster') as sent \gset
select pg_temp.changed(:'ada', 'update kinksters set hard_limits = ''{spiders}'' where id = %L', :'kinkster') as x \gset

select is(
  pg_temp.as_user(:'ada', 'select mark_kinkster_synced(%L, ''page'', p_revision => %s)', :'kinkster', :'sent')::jsonb
  - array['notion_last_synced_at', 'success', 'kinkster_id', 'master_page_id', 'notion_database_id'],
  '{"sync_status": "pending", "revision": 2, "synced_revision": 1, "notion_page_id": "page"}', 'the page is known, the edit is not lost'
);
select pg_temp.as_user(:'ada', 'select prepare_kinkster_for_notion(%L)', :'kinkster') as page \gset
select is(:'page'::jsonb ->> 'page_id', 'page', 'the next time it is changed, not created again');
select is(:'page'::jsonb #>> '{properties,Hard Limits,multi_select,0,name}', 'spiders', 'with the edit');
select is(
  pg_temp.as_user(:'ada', 'select mark_kinkster_synced(%L, ''page'', p_revision => %s)', :'kinkster', :'page'::jsonb ->> 'revision')::jsonb
  ->> 'sync_status', 'synced', 'then it is whole'
);
select pg_temp.changed(:'ada', 'update kinksters set hard_limits = ''{}'' where id = %L', :'kinkster') as x \gset
select is((select sync_status from public.kinksters where id = :'kinkster'), 'pending', 'until the next edit');

select * from finish();
rollback;
