begin;
\ir ../notion.psql
select plan(4);

select pg_temp.new_kinkster(:'ada', '{"sync_status": "conflict"}') as in_conflict, pg_temp.new_kinkster(:'ada') as unsaid \gset
select pg_temp.connected(:'ada') as x \gset
update public.kinksters set sync_status = null where id = :'unsaid';
\set failed 'select f.value ->> ''kinkster_id'' from jsonb_array_elements(kinkster.notion_status() -> ''failed'') as f'
select is(pg_temp.as_worker(:'failed'), :'in_conflict', 'a conflict needs somebody');
select is(pg_temp.visited(:'ada'), 0, 'and is not sent');
select pg_temp.as_worker('select kinkster.resend_to_notion()') as x \gset
select is(pg_temp.visited(:'ada'), 1, 'what has no status is, once somebody asks');
select is(pg_temp.noted(:'unsaid'), array['synced', '1', :'unsaid', null], 'whole');

select * from finish();
rollback;
