begin;
\ir ../notion.psql
select plan(6);

select pg_temp.connected(:'ada') as x, pg_temp.claimed(:'ada') as claim \gset
-- As clients of the application of before could write them.
create function pg_temp.given_with(p_claim jsonb, p_page_id text) returns text language plpgsql as $$
declare
  v_kinkster uuid := pg_temp.new_kinkster('00000000-0000-4000-8000-00000000ada0', jsonb_build_object('notion_page_id', p_page_id));
begin
  return concat_ws(' ', pg_temp.next_page(p_claim) ->> 'state', (pg_temp.noted(v_kinkster))[1]);
end $$;
select is(pg_temp.given_with(:'claim', id), 'none error', to_json(id)::text) from unnest(array[
  '../users/me', 'a-page?archived=true', 'https://www.notion.so/Mira-0a1b2c3d4e5f67898abcdef012345678', e'a\nb'
]) as id;
select is(pg_temp.given_with(:'claim', 'a-page'), 'page pending', 'one that is one is');
update public.kinksters set sync_status = 'synced';
select is(pg_temp.given_with(:'claim', ' '), 'page pending', 'and a blank one is none: the page is created');

select * from finish();
rollback;
