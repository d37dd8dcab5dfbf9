begin;
\ir ../notion.psql
select plan(5);

select pg_temp.new_kinkster(:'ada') as mira \gset
select pg_temp.connected(:'ada') as x \gset
select pg_temp.claimed() as claim \gset
select is(pg_temp.next_page(:'claim') ->> 'state', 'page', 'a worker is creating a page');
savepoint creating;
select pg_temp.connected(:'ada') as x \gset
select is(pg_temp.claimed() ->> 'state', 'idle', 'connected anew: its answer may still come');
update kinkster.settings set clock_offset = clock_offset + lease;
select is(pg_temp.next_page(pg_temp.claimed()) ->> 'look_up', 'true', 'after that the page is looked for');
rollback to creating;
select pg_temp.as_worker('select kinkster.disconnect_notion(%L)', :'ada') as x, pg_temp.connected(:'ada') as y \gset
update kinkster.settings set clock_offset = clock_offset + lease;
select is(pg_temp.claimed() ->> 'state', 'idle', 'disconnected and connected: the same, and Notion''s search is given its time');
update kinkster.settings set clock_offset = clock_offset + interval '11 seconds';
select is(pg_temp.next_page(pg_temp.claimed()) ->> 'look_up', 'true', 'then it is looked for');

select * from finish();
rollback;
