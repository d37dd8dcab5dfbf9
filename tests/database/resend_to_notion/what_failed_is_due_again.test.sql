begin;
\ir ../notion.psql
select plan(26);
set local client_min_messages = 'error';

\set resend 'select kinkster.resend_to_notion(%L, %L)'
select is(pg_temp.as_worker('select kinkster.resend_to_notion()')::jsonb, '{"pending": 0}', 'nobody is connected');
select is(pg_temp.refusal_of('kinkster_worker', null, :'resend', id, 'false'), :'no_connection', which) from (values
  (:'ada', 'nor is this user'), (:'unknown', 'nor one who is not there')
) as u (id, which);

-- One character of each kind, of two users.
create function pg_temp.one_of_each(p_owner uuid) returns void language plpgsql as $$
declare
  v_status text;
begin
  foreach v_status in array array['synced', 'pending', 'conflict', 'error', 'local_only'] loop
    perform pg_temp.new_kinkster(
      p_owner, jsonb_build_object('name', v_status, 'sync_status', v_status, 'sync_error', case when v_status = 'error' then 'It said no.' end)
      || case v_status when 'synced' then '{"synced_revision": 1}' else '{}' end::jsonb
      || case v_status when 'synced' then jsonb_build_object('notion_page_id', 'page-of-' || p_owner) else '{}' end
    );
  end loop;
end $$;
select pg_temp.one_of_each(:'ada') as x, pg_temp.one_of_each(:'bea') as y \gset
create function pg_temp.statuses(p_owner uuid) returns text language sql as $$
  select string_agg(k.name || ' ' || k.sync_status || coalesce(': ' || k.sync_error, '') || ' ' || k.revision, ', ' order by k.name)
  from public.kinksters as k
  where k.user_id = p_owner
$$;
\set before 'conflict conflict 1, error error: It said no. 1, local_only local_only 1, pending pending 1, synced synced 1'
\set after 'conflict conflict 1, error pending 1, local_only local_only 1, pending pending 1, synced synced 1'
\set all 'conflict pending 2, error pending 2, local_only local_only 1, pending pending 2, synced pending 2'
select is(pg_temp.as_worker('select kinkster.resend_to_notion(p_all => true)')::jsonb, '{"pending": 0}', 'still nobody');
select is(pg_temp.statuses(:'ada'), :'before', 'what nobody can send is left alone');
select pg_temp.connected(:'ada') as x, pg_temp.connected(:'bea') as y \gset
update public.kinksters set sync_status = 'error', sync_error = 'It said no.' where name = 'error';
savepoint before;
select is(pg_temp.as_worker(:'resend', :'ada', 'false')::jsonb, '{"pending": 2}', 'of one user');
select is(pg_temp.statuses(:'ada'), :'after', 'what failed is due');
select is(pg_temp.statuses(:'bea'), :'before', 'others'' is not');
rollback to before;
select is(pg_temp.as_worker('select kinkster.resend_to_notion()')::jsonb, '{"pending": 4}', 'of all users');
select is(array[pg_temp.statuses(:'ada'), pg_temp.statuses(:'bea')], array[:'after', :'after'], 'what failed is due');
rollback to before;
select is(pg_temp.as_worker(:'resend', :'ada', 'true')::jsonb, '{"pending": 4}', 'all of one user''s');
select is(pg_temp.statuses(:'ada'), :'all', 'is due as if it had been edited, but for what is to stay');
select is(pg_temp.statuses(:'bea'), :'before', 'others'' is not');
select is(pg_temp.visited(:'ada'), 4, 'and is sent');
select is(pg_temp.visited(:'ada'), 0, 'once');
select is(
  (select k.synced_revision || ' ' || k.notion_page_id from public.kinksters as k where k.user_id = :'ada' and k.name = 'synced'),
  '2 page-of-' || :'ada', 'to the page that was there'
);
rollback to before;
select is(pg_temp.as_worker('select kinkster.resend_to_notion(p_all => true)')::jsonb, '{"pending": 8}', 'all of all users''');
select is(array[pg_temp.statuses(:'ada'), pg_temp.statuses(:'bea')], array[:'all', :'all'], 'is due');
select is((select bool_and(k.updated_at = now()) from public.kinksters as k), true, 'it is no edit of theirs');
rollback to before;
select is(pg_temp.as_worker('select kinkster.resend_to_notion(%L, null)', :'ada')::jsonb, '{"pending": 2}', 'all or not: not said is not');

-- What waits, waits no more; what was stopped goes on; what is paused stays so.
select pg_temp.claimed(:'ada') as claim \gset
select pg_temp.next_page(:'claim') as page \gset
select pg_temp.failed(:'claim', :'page', 'notion_unavailable') as x \gset
select pg_temp.released(:'claim', 0, '{"error_code": "notion_forbidden", "error_message": "m", "error_hint": "h"}') as x \gset
select is(pg_temp.as_worker(:'resend', :'ada', 'false')::jsonb, '{"pending": 2}', 'a connection that was stopped');
select is((select c.error_code from kinkster.notion_connections as c where c.user_id = :'ada'), null, 'is not any more');
select pg_temp.later('1 second') as x, pg_temp.claimed(:'ada') as claim \gset
select is(pg_temp.next_page(:'claim') ->> 'kinkster_id', :'page'::jsonb ->> 'kinkster_id', 'what waited is due');
select pg_temp.released(:'claim', 0, '{"error_code": "notion_rate_limited", "error_message": "m", "error_hint": "h", "retry_after_seconds": 90}') as x \gset
select pg_temp.as_worker('select kinkster.resend_to_notion()') as x \gset
select is(pg_temp.claimed(:'ada') ->> 'state', 'paused', 'Notion''s pauses are kept, whoever is in a hurry');

-- A row that breaks a rule.
alter table public.kinksters drop constraint age_is_plainly_18_or_over;
update public.kinksters set age_range = '16 year' where user_id = :'ada' and name = 'error';
update public.kinksters set sync_status = 'error' where user_id = :'ada' and name = 'error';
alter table public.kinksters
  add constraint age_is_plainly_18_or_over check (kinkster.states_adult_age(age_range, physical_attributes)) not valid;
select is((pg_temp.as_worker(:'resend', :'ada', 'true')::jsonb ->> 'pending')::integer, 3, 'a row that can''t be written holds up nobody');
select is(
  (select k.sync_status || ' ' || k.revision from public.kinksters as k where k.user_id = :'ada' and k.name = 'error'), 'error 2', 'and is as it was'
);

select * from finish();
rollback;
