begin;
\ir ../notion.psql
select plan(8);

select pg_temp.connected(:'ada') as x, pg_temp.connected(:'bea') as y \gset
select pg_temp.claimed(:'ada') as claim \gset
select is(pg_temp.next_page(:'claim'), '{"state": "none"}', 'a user without characters');
select pg_temp.new_kinkster(:'bea') as theirs, pg_temp.new_kinkster(null) as system \gset
select is(pg_temp.next_page(:'claim'), '{"state": "none"}', 'the characters of others and of the system are not this user''s');
select pg_temp.new_kinkster(:'ada') as kinkster \gset
create function pg_temp.next_with(p_claim jsonb, p_change text) returns text language plpgsql as $$
begin
  execute 'update public.kinksters set ' || p_change;
  return pg_temp.next_page(p_claim) ->> 'state';
end $$;
select is(pg_temp.next_with(:'claim', change), 'none', change) from unnest(array[
  'sync_status = ''synced''', 'sync_status = ''local_only''', 'sync_status = ''error''', 'sync_status = ''conflict''',
  'sync_status = ''pending'', user_id = null, is_system_kinkster = true'
]) as change;
select is((select count(*) from kinkster.notion_attempts), 0::bigint, 'and nothing is noted');

select * from finish();
rollback;
