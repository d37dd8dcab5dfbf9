begin;
\ir ../notion.psql
select plan(12);

select is(pg_temp.claimed(), '{"state": "idle"}', 'nobody is connected');
select pg_temp.new_kinkster(:'ada') as kinkster \gset
update public.profiles set notion_kinksters_database_id = 'a-database';
select is(pg_temp.claimed(), '{"state": "idle"}', 'characters of users who are not connected wait for a connection');
select is(
  pg_temp.refusal_of('kinkster_worker', null, 'select kinkster.claim_notion(%L, %L, true)', 'w', id), :'no_connection', 'nobody claims ' || which
) from (values (:'ada', 'what is not there'), (:'unknown', 'for nobody')) as u (id, which);
select pg_temp.connected(:'bea') as x \gset
select is(pg_temp.claimed(), '{"state": "idle"}', 'a user without characters has nothing to be sent');

select pg_temp.connected(:'ada') as x \gset
create function pg_temp.idle_with(p_change text) returns text language plpgsql as $$
begin
  execute 'update public.kinksters set ' || p_change;
  return pg_temp.claimed() ->> 'state';
end $$;
select is(pg_temp.idle_with(change), 'idle', change) from unnest(array[
  'sync_status = ''synced'', synced_revision = 1, notion_page_id = ''page''', 'sync_status = ''local_only'', synced_revision = null',
  'sync_status = ''error''', 'sync_status = ''conflict''', 'sync_status = null',
  'sync_status = ''pending'', is_system_kinkster = true', 'is_system_kinkster = true, user_id = null'
]) as change;

select * from finish();
rollback;
