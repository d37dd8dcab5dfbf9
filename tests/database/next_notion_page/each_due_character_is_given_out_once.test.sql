begin;
\ir ../notion.psql
select plan(5);

select count(pg_temp.new_kinkster(:'ada')) as x from generate_series(1, 30) \gset
select pg_temp.new_kinkster(:'bea') as theirs \gset
select pg_temp.connected(:'ada') as x, pg_temp.connected(:'bea') as y, pg_temp.claimed(:'ada') as claim \gset
create function pg_temp.all_pages(p_claim jsonb) returns uuid[] language plpgsql as $$
declare
  v_found uuid[] := '{}';
  v_page jsonb;
begin
  loop
    v_page := pg_temp.next_page(p_claim);
    exit when v_page ->> 'state' = 'none' or cardinality(v_found) > 100;
    v_found := v_found || (v_page ->> 'kinkster_id')::uuid;
  end loop;
  return v_found;
end $$;
select pg_temp.all_pages(:'claim') as given \gset
select is(cardinality(:'given'::uuid[]), 30, 'as many as there are');
select is(
  (select array_agg(g order by g) from unnest(:'given'::uuid[]) as g),
  (select array_agg(k.id order by k.id) from public.kinksters as k where k.user_id = :'ada'), 'each of the user''s'
);
-- What can't be sent is passed over, however much of it there is: here characters without a page, and no database.
update public.kinksters set sync_status = 'error' where user_id = :'ada';
update public.profiles set notion_kinksters_database_id = null where id = :'ada';
select count(pg_temp.new_kinkster(:'ada')) as x from generate_series(1, 220) \gset
select pg_temp.new_kinkster(:'ada', '{"id": "ffffffff-ffff-4fff-8fff-ffffffffffff", "notion_page_id": "a-page"}') as last \gset
select is(
  (select array_agg(distinct p.page) from (select unnest(pg_temp.all_pages(pg_temp.claimed(:'ada'))) as page from pg_temp.later('61 seconds')) as p),
  null, 'more than a hundred of them end a visit'
);
select pg_temp.later('61 seconds') as x, pg_temp.visited(:'ada') as y \gset
select is(pg_temp.visited(:'ada'), 1, 'the one behind them is sent at another');
select is(
  (select array[count(*) filter (where sync_status = 'error'), count(*) filter (where sync_status = 'synced')]
    from public.kinksters where user_id = :'ada' and name = 'Mira'),
  array[250, 1]::bigint[], 'and each of them says why it is not'
);

select * from finish();
rollback;
