begin;
\ir ../notion.psql
select plan(28);

select pg_temp.connected(:'ada') as x, pg_temp.claimed(:'ada') as claim \gset
create function pg_temp.wrong_with(p_claim jsonb, p_code text, p_outcome jsonb default '{}') returns setof text language plpgsql as $$
declare
  v_kinkster uuid := pg_temp.new_kinkster('00000000-0000-4000-8000-00000000ada0');
begin
  return next is(
    pg_temp.failed(p_claim, pg_temp.next_page(p_claim), p_code, p_outcome), '{"goes_on": true, "sync_status": "error"}', coalesce(p_code, 'no code')
  );
  return next is(pg_temp.noted(v_kinkster), array['error', null, p_outcome ->> 'page_id', 'It said no. Ask again.'], 'says why');
  return next is(pg_temp.next_page(p_claim), '{"state": "none"}', 'and is not tried again');
end $$;
select w.* from (values ('notion_rejected'), ('worker_error'), ('a_code_of_the_future'), (null)) as c (code), pg_temp.wrong_with(:'claim', code) as w;
select pg_temp.wrong_with(:'claim', 'notion_rejected', '{"page_id": "a-page-that-is-not-whole"}');
select is(
  (select array[c.error_code, c.failures::text] from kinkster.notion_connections as c), array[null, '0'], 'the connection is all right'
);

-- A page that is gone.
select pg_temp.new_kinkster(:'ada') as gone \gset
select pg_temp.sent(:'claim', pg_temp.next_page(:'claim')) as x, pg_temp.changed(:'ada', 'update kinksters set bio = ''A bio.'' where id = %L', :'gone') as y \gset
select pg_temp.failed(
  :'claim', pg_temp.next_page(:'claim'), 'notion_page_gone', jsonb_build_object('page_id', :'gone', 'error_message', 'It is in the trash.', 'error_hint', 'Restore it.')
) as answer \gset
select is(:'answer'::jsonb, '{"goes_on": true, "sync_status": "error"}', 'a page that is gone is none to be created by itself');
select is(pg_temp.noted(:'gone'), array['error', '1', :'gone', 'It is in the trash. Restore it.'], 'it says what to do');
select pg_temp.changed(:'ada', 'update kinksters set bio = ''Another.'' where id = %L', :'gone') as x \gset
select is(pg_temp.next_page(:'claim') ->> 'page_id', :'gone', 'an edit tries it again');
select pg_temp.as_user(:'ada', 'select forget_kinkster_notion_page(%L)', :'gone') as x \gset
select pg_temp.next_page(:'claim') as page \gset
select is(array[:'page'::jsonb -> 'page_id', :'page'::jsonb -> 'look_up'], array['null', 'true']::jsonb[], 'whoever has it forgotten has it made anew');

-- The page that was found is another character's.
select pg_temp.sent(:'claim', :'page', '{"page_id": "0a1b2c3d-4e5f-6789-8abc-def012345678"}') as x \gset
select pg_temp.new_kinkster(:'ada') as other \gset
select pg_temp.next_page(:'claim') as page \gset
savepoint another;
select is(
  pg_temp.sent(:'claim', :'page', '{"page_id": "0A1B2C3D4E5F67898ABCDEF012345678"}'), '{"goes_on": true, "sync_status": "error"}', 'sent to another''s'
);
select is((pg_temp.noted(:'other'))[1:3], array['error', null, null], 'the page of another character is not noted');
select alike((pg_temp.noted(:'other'))[4], 'This page of Notion is another kinkster''s.%', 'it says so');
rollback to another;
update public.kinksters set synced_revision = null, notion_page_id = '0a1b2c3d4e5f67898abcdef012345678' where id = :'gone';
select is(
  pg_temp.failed(:'claim', :'page', 'notion_unavailable', '{"page_id": "0a1b2c3d-4e5f-6789-8abc-def012345678"}'),
  '{"goes_on": true, "sync_status": "error"}', 'nor when it is not whole, however it was noted'
);
select is((pg_temp.noted(:'other'))[1:3], array['error', null, null], 'no page shows two');
rollback to another;
select is(
  pg_temp.failed(:'claim', :'page', 'notion_unavailable', '{"page_id": "0a1b2c3d-4e5f-6789-8abc-def012345678"}') ->> 'goes_on', 'true', 'or was sent'
);
select is((pg_temp.noted(:'other'))[1:3], array['error', null, null], 'it is refused');
select is(
  (select array_agg(k.notion_page_id order by k.notion_page_id) from public.kinksters as k where k.notion_page_id is not null),
  array['0a1b2c3d-4e5f-6789-8abc-def012345678', 'a-page-that-is-not-whole'], 'each page is one character''s'
);

select * from finish();
rollback;
