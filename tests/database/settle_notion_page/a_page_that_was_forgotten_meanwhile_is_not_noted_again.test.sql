begin;
\ir ../notion.psql
select plan(7);

select pg_temp.new_kinkster(:'ada') as mira \gset
select pg_temp.connected(:'ada') as x \gset
select is(pg_temp.visited(:'ada'), 1, 'a page is there');
update public.kinksters set bio = 'A bio.' where id = :'mira';
select pg_temp.claimed(:'ada') as claim \gset
select pg_temp.next_page(:'claim') as page \gset
select is(:'page'::jsonb ->> 'page_id', :'mira', 'it is to be changed');
select pg_temp.as_role('authenticated', :'ada', 'select public.forget_kinkster_notion_page(%L)', :'mira') as x \gset
savepoint forgotten;
select pg_temp.sent(:'claim', :'page') as x \gset
select is(pg_temp.noted(:'mira'), array['pending', null, null, null], 'and was, but is not its page any more');
rollback to forgotten;
select pg_temp.failed(:'claim', :'page', 'notion_unavailable', jsonb_build_object('page_id', :'mira')) as x \gset
select is(pg_temp.noted(:'mira'), array['pending', null, null, null], 'nor after a failure');
update kinkster.settings set clock_offset = '1 hour';
select pg_temp.claimed(:'ada') as claim \gset
select pg_temp.next_page(:'claim') as page \gset
select is((:'page'::jsonb ->> 'page_id', :'page'::jsonb ->> 'look_up')::text, '(,true)', 'the next one is looked for, then created');
select pg_temp.sent(:'claim', :'page', '{"page_id": "another-page"}') as x \gset
select is(pg_temp.noted(:'mira'), array['synced', '2', 'another-page', null], 'and is its page');
select is(pg_temp.next_page(:'claim') ->> 'state', 'none', 'and that is all');

select * from finish();
rollback;
