begin;
\ir ../notion.psql
select plan(9);

-- As an application of before could note it, in whatever form.
select pg_temp.new_kinkster(:'ada', '{"notion_page_id": "0a1b2c3d-4e5f-6789-8abc-def012345678", "bio": "One."}') as one,
  pg_temp.new_kinkster(:'ada', '{"notion_page_id": "0a1b2c3d4e5f67898abcdef012345678", "bio": "The other."}') as other \gset
select pg_temp.connected(:'ada') as x, pg_temp.claimed(:'ada') as claim \gset
select is(pg_temp.next_page(:'claim'), '{"state": "none"}', 'they would overwrite each other');
select is((pg_temp.noted(k))[1], 'error', 'each says') from unnest(array[:'one', :'other']::uuid[]) as k;
select alike((pg_temp.noted(k))[4], 'This kinkster''s page of Notion is noted as another kinkster''s, too. Call forget_kinkster_notion_page %', 'what is wrong') from unnest(array[:'one', :'other']::uuid[]) as k;

select pg_temp.as_user(:'ada', 'select forget_kinkster_notion_page(%L)', :'one') as x \gset
select pg_temp.as_worker('select kinkster.resend_to_notion(%L)', :'ada') as x \gset
select pg_temp.released(:'claim') as x, pg_temp.visited(:'ada') as pages \gset
select is(:'pages'::integer, 2, 'once it is one''s alone both are sent');
select is((pg_temp.noted(:'other'))[1:3], array['synced', '1', '0a1b2c3d-4e5f-6789-8abc-def012345678'], 'one to the page that was there');
select is((pg_temp.noted(:'one'))[1:3], array['synced', '1', :'one'], 'the other to one of its own');

-- One of them is somebody else's, or was marked by its client.
select pg_temp.new_kinkster(:'bea', '{"notion_page_id": "0a1b2c3d4e5f67898abcdef012345678"}') as theirs, pg_temp.connected(:'bea') as x \gset
select is(pg_temp.visited(:'bea'), 0, 'nor is a page of somebody else''s changed');

select * from finish();
rollback;
