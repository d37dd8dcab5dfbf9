begin;
\ir ../notion.psql
select plan(11);

select pg_temp.new_kinkster(:'ada') as kinkster \gset
select pg_temp.connected(:'ada') as x, pg_temp.claimed() as claim \gset
select pg_temp.next_page(:'claim') as page \gset
select pg_temp.changed(:'ada', 'update kinksters set bio = ''First.'' where id = %L', :'kinkster') as x \gset
select is(pg_temp.sent(:'claim', :'page'), '{"goes_on": true, "sync_status": "pending"}', 'it is pending still');
select is(pg_temp.noted(:'kinkster'), array['pending', '1', :'kinkster', null], 'what Notion shows is noted');
select pg_temp.next_page(:'claim') as page \gset
select is(
  array[:'page'::jsonb -> 'page_id', :'page'::jsonb -> 'revision', :'page'::jsonb #> '{properties,Bio,rich_text,0,text,content}'],
  array[to_jsonb(:'kinkster'::text), '2', '"First."'], 'the edit comes next, to the page that is there'
);
select is(pg_temp.sent(:'claim', :'page'), '{"goes_on": true, "sync_status": "synced"}', 'and arrives');
select is(pg_temp.noted(:'kinkster'), array['synced', '2', :'kinkster', null], 'whole');
select is(
  pg_temp.sent(:'claim', :'page'::jsonb || '{"revision": 1}') ->> 'sync_status', 'synced', 'an older one that is said again takes nothing back'
);
select is(pg_temp.noted(:'kinkster'), array['synced', '2', :'kinkster', null], 'whatever it was');

-- A failure of the revision of before keeps the edit waiting for nothing.
select pg_temp.changed(:'ada', 'update kinksters set bio = ''Second.'' where id = %L', :'kinkster') as x \gset
select pg_temp.next_page(:'claim') as page \gset
select pg_temp.changed(:'ada', 'update kinksters set bio = ''Third.'' where id = %L', :'kinkster') as x \gset
select is(
  pg_temp.failed(:'claim', :'page', 'notion_rejected') ->> 'sync_status', 'pending', 'what Notion refused is not what it is now'
);
select is(pg_temp.next_page(:'claim') -> 'revision', '4', 'so it is sent at once');
select pg_temp.failed(:'claim', :'page'::jsonb || '{"revision": 4}', 'notion_unavailable') as x \gset
select is(pg_temp.next_page(:'claim') -> 'state', '"none"', 'a failure of this one waits');
select pg_temp.changed(:'ada', 'update kinksters set bio = ''Fourth.'' where id = %L', :'kinkster') as x \gset
select is(pg_temp.next_page(:'claim') -> 'revision', '5', 'until the next edit');

select * from finish();
rollback;
