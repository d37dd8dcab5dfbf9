begin;
\ir ../notion.psql
select plan(11);

\set disconnect 'select kinkster.disconnect_notion(%L)'
\set not_connected 'PT404: This user is not connected to Notion. (kinkster notion status lists who is.)'
select is(pg_temp.refusal_of('kinkster_worker', null, :'disconnect', id), :'not_connected', which) from (values
  (:'ada', 'nobody is connected'), (:'unknown', 'nor known'), (null, 'nor anybody')
) as u (id, which);
select pg_temp.new_kinkster(:'ada') as sent, pg_temp.connected(:'ada') as x, pg_temp.connected(:'bea') as y \gset
select pg_temp.visited(:'ada') as x, pg_temp.new_kinkster(:'ada') as unclear \gset
select pg_temp.next_page(pg_temp.claimed(:'ada')) as page \gset
select is(pg_temp.as_worker(:'disconnect', :'ada')::jsonb, '{"success": true}', 'while a worker is at it');
select is((select array_agg(c.user_id) from kinkster.notion_connections as c), array[:'bea']::uuid[], 'the token is gone; others'' stay');
select is(pg_temp.noted(:'sent'), array['synced', '1', :'sent', null], 'what was sent is known');
select is(pg_temp.noted(:'unclear'), array['pending', null, null, null], 'what was not is not');
select is(pg_temp.refusal_of('kinkster_worker', null, :'disconnect', :'ada'), :'not_connected', 'once');
select is(
  (select p.notion_kinksters_database_id from public.profiles as p where p.id = :'ada'), 'a-database', 'where they went is known'
);
select pg_temp.connected(:'ada') as x, pg_temp.later('71 seconds') as y, pg_temp.next_page(pg_temp.claimed(:'ada')) as page \gset
select is(
  array[:'page'::jsonb -> 'kinkster_id', :'page'::jsonb -> 'look_up'], array[to_jsonb(:'unclear'::text), 'true'],
  'whoever comes back is not given a second page of what may have one'
);
delete from public.profiles where id = :'ada';
select is((select count(*) from kinkster.notion_attempts), 0::bigint, 'a user who leaves leaves nothing');

select * from finish();
rollback;
