begin;
\ir ../setup.psql
select plan(10);

select pg_temp.new_kinkster(:'ada') as kinkster \gset
select pg_temp.new_kinkster(:'ada') as other \gset
alter table public.kinksters disable trigger kinksters_touch;
update public.kinksters
set updated_at = '2020-01-01', last_local_update = '2020-01-01', sync_status = 'error', sync_error = 'Notion was down.'
where id = :'kinkster';
alter table public.kinksters enable trigger kinksters_touch;
select to_jsonb(k) as before from public.kinksters as k where k.id = :'kinkster' \gset

select pg_temp.as_user(
  :'ada', 'select mark_kinkster_synced(%L, %L, %L, %L, 1)', :'kinkster', '0A1B2C3D4E5F67898ABCDEF012345678', 'a-database',
  'a-master-page'
) as marked \gset
select is(
  :'marked'::jsonb - 'notion_last_synced_at',
  jsonb_build_object(
    'success', true, 'kinkster_id', :'kinkster', 'sync_status', 'synced', 'revision', 1, 'synced_revision', 1,
    'notion_page_id', '0a1b2c3d-4e5f-6789-8abc-def012345678', 'notion_database_id', 'a-database', 'master_page_id', 'a-master-page'
  ),
  'it says what is noted'
);
select is(
  (select to_jsonb(k) - 'notion_last_synced_at' from public.kinksters as k where k.id = :'kinkster'),
  :'before'::jsonb - 'notion_last_synced_at' || '{
    "sync_status": "synced", "sync_error": null, "synced_revision": 1, "notion_page_id": "0a1b2c3d-4e5f-6789-8abc-def012345678",
    "notion_database_id": "a-database", "master_notion_page_id": "a-master-page"
  }',
  'and notes nothing else: being sent is no edit'
);
select is(
  (select k.notion_last_synced_at from public.kinksters as k where k.id = :'kinkster') > now() - interval '1 minute', true, 'when'
);
select is(
  (select k.sync_status from public.kinksters as k where k.id = :'other'), 'pending', 'others are left alone'
);

select pg_temp.changed(:'ada', 'update kinksters set bio = ''A bio.'' where id = %L', :'kinkster') as x \gset
select is(
  pg_temp.as_user(:'ada', 'select mark_kinkster_synced(%L, %L, p_revision => 2)', :'kinkster', '0a1b2c3d-4e5f-6789-8abc-def012345678')::jsonb
  - 'notion_last_synced_at',
  :'marked'::jsonb - 'notion_last_synced_at' || '{"revision": 2, "synced_revision": 2}', 'ids that are not given stay'
);

-- The seed document's step 6.
select pg_temp.changed(:'ada', 'update kinksters set bio = ''Another.'' where id = %L', :'kinkster') as x \gset
select is(
  pg_temp.as_user(:'ada', $$SELECT mark_kinkster_synced(
  %L::UUID,
  'notion-page-id',
  'notion-database-id'
);$$, :'kinkster')::jsonb - array['notion_last_synced_at', 'success', 'kinkster_id'],
  '{
    "sync_status": "synced", "revision": 3, "synced_revision": 3, "notion_page_id": "notion-page-id",
    "notion_database_id": "notion-database-id", "master_page_id": "a-master-page"
  }',
  'without a revision: as it is now'
);
select is(
  pg_temp.as_user(:'ada', 'select mark_kinkster_synced(%L, ''notion-page-id'')', :'kinkster')::jsonb ->> 'synced_revision', '3',
  'which may be said again'
);

select is(
  pg_temp.as_role('service_role', null, 'select public.mark_kinkster_synced(%L, ''another-page'')', :'other')::jsonb ->> 'sync_status',
  'synced', 'an operator marks for its owner'
);

update public.kinksters set sync_status = 'local_only' where id = :'other';
select is(
  pg_temp.as_user(:'ada', 'select mark_kinkster_synced(%L, ''another-page'')', :'other')::jsonb ->> 'sync_status', 'local_only',
  'what is to stay here from now on is not sent again'
);
select is(
  (select array_agg(proargnames::text order by pronargs) from pg_proc where proname = 'mark_kinkster_synced'),
  array['{p_kinkster_id,p_notion_page_id,p_notion_database_id,p_master_page_id,p_revision}'], 'there is one of that name'
);

select * from finish();
rollback;
