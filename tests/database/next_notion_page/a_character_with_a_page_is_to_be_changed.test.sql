begin;
\ir ../notion.psql
select plan(7);

select pg_temp.new_kinkster(:'ada', '{"bio": "A bio."}') as kinkster \gset
select pg_temp.connected(:'ada') as x, pg_temp.visited(:'ada') as y \gset
update public.kinksters set bio = null where id = :'kinkster';
select pg_temp.claimed(:'ada') as claim \gset
select pg_temp.next_page(:'claim') as page \gset
select is(
  :'page'::jsonb - 'properties',
  jsonb_build_object(
    'state', 'page', 'success', true, 'kinkster_id', :'kinkster', 'revision', 2, 'page_id', :'kinkster', 'look_up', false,
    'children', '[]'::jsonb, 'more_children', '[]'::jsonb
  ), 'the page that it has, and no parent'
);
select is(:'page'::jsonb #> '{properties,Bio}', '{"rich_text": []}', 'what was emptied is sent empty');
select is(pg_temp.next_page(:'claim'), :'page'::jsonb, 'a change may be sent twice: nothing is doubled by that');
select is((select count(*) from kinkster.notion_attempts where unclear_since is not null), 0::bigint, 'so nothing is unclear');
update public.profiles set notion_kinksters_database_id = null;
select is(pg_temp.next_page(:'claim') ->> 'page_id', :'kinkster', 'no database is needed');

-- Noted by the application of before, which knew no revisions.
select pg_temp.new_kinkster(:'ada') as older \gset
update public.kinksters set sync_status = 'synced';
update public.kinksters set notion_page_id = '0A1B2C3D4E5F67898ABCDEF012345678', sync_status = 'pending' where id = :'older';
select pg_temp.next_page(:'claim') as page \gset
select is(:'page'::jsonb ->> 'page_id', '0a1b2c3d-4e5f-6789-8abc-def012345678', 'a page that was noted before is changed');
select is(
  pg_temp.sent(:'claim', :'page'), '{"goes_on": true, "sync_status": "synced"}', 'and is its page from now on'
);

select * from finish();
rollback;
