begin;
\ir ../notion.psql
select plan(9);

select pg_temp.new_kinkster(:'ada') as kinkster, pg_temp.new_kinkster(:'ada') as other \gset
select pg_temp.connected(:'ada') as x, pg_temp.claimed() as claim \gset
select pg_temp.next_page(:'claim') as page \gset
select :'page'::jsonb ->> 'kinkster_id' as sent \gset
select to_jsonb(k) as before from public.kinksters as k where k.id = :'sent' \gset
select pg_temp.sent(:'claim', :'page', '{"page_id": "0A1B2C3D4E5F67898ABCDEF012345678"}') as answer \gset
select is(:'answer'::jsonb, '{"goes_on": true, "sync_status": "synced"}', 'the worker goes on');
select is(
  (select to_jsonb(k) - 'notion_last_synced_at' from public.kinksters as k where k.id = :'sent'),
  :'before'::jsonb - 'notion_last_synced_at' || '{
    "sync_status": "synced", "sync_error": null, "synced_revision": 1, "notion_page_id": "0a1b2c3d-4e5f-6789-8abc-def012345678",
    "notion_database_id": "a-database"
  }',
  'the page, and where it is; being sent is no edit'
);
select ok(
  (select k.notion_last_synced_at > kinkster.now() - interval '1 minute' from public.kinksters as k where k.id = :'sent'), 'when'
);
select is((select count(*) from kinkster.notion_attempts), 0::bigint, 'nothing is left to be remembered');
select is(
  (select count(*) from public.kinksters where sync_status = 'pending'), 1::bigint, 'others are left alone'
);

-- The answer was lost: it is said again.
select to_jsonb(k) as after from public.kinksters as k where k.id = :'sent' \gset
select is(
  pg_temp.sent(:'claim', :'page', '{"page_id": "0A1B2C3D4E5F67898ABCDEF012345678"}'), :'answer'::jsonb, 'saying it again is no mistake'
);
select is((select to_jsonb(k) from public.kinksters as k where k.id = :'sent'), :'after'::jsonb, 'and changes nothing');

-- A database that the user chose later is not where this page is.
update public.profiles set notion_kinksters_database_id = 'another-database' where id = :'ada';
select pg_temp.changed(:'ada', 'update kinksters set bio = ''A bio.'' where id = %L', :'sent') as x \gset
update public.kinksters set sync_status = 'local_only' where id <> :'sent';
select pg_temp.released(:'claim') as x, pg_temp.claimed(:'ada') as claim \gset
select pg_temp.sent(:'claim', pg_temp.next_page(:'claim')) as x \gset
select is(
  (select array[k.synced_revision::text, k.notion_database_id] from public.kinksters as k where k.id = :'sent'), array['2', 'a-database'],
  'a page stays where it was made'
);
select is(pg_temp.next_page(:'claim'), '{"state": "none"}', 'then there is no more to do');

select * from finish();
rollback;
