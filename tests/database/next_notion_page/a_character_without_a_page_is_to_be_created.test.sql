begin;
\ir ../notion.psql
select plan(12);

select pg_temp.new_kinkster(:'ada', '{"bio": "A bio."}') as kinkster \gset
select pg_temp.connected(:'ada') as x, pg_temp.claimed(:'ada') as claim \gset
savepoint before_a_source;
select is(
  pg_temp.under(:'claim', 'next_notion_page')::jsonb -> 'parent', '{"type": "database_id", "database_id": "a-database"}',
  'while no source is known it goes into the database'
);
rollback to before_a_source;
select pg_temp.next_page(:'claim') as page \gset
select is(
  :'page'::jsonb - array['properties', 'children', 'more_children'],
  jsonb_build_object(
    'state', 'page', 'success', true, 'kinkster_id', :'kinkster', 'revision', 1, 'page_id', null, 'look_up', false,
    'parent', '{"type": "data_source_id", "data_source_id": "source-of-a-database"}'::jsonb
  ), 'into the source, and nobody need look for it'
);
select is(
  array[:'page'::jsonb -> 'properties', :'page'::jsonb -> 'children', :'page'::jsonb -> 'more_children'],
  array[p.page -> 'properties', p.page -> 'children', p.page -> 'more_children'], 'as it is prepared for its owner'
) from (select pg_temp.as_user(:'ada', 'select prepare_kinkster_for_notion(%L)', :'kinkster')::jsonb as page) as p;
select is(
  (select array[a.revision::text, a.attempts::text, a.next_attempt_at::text, (a.unclear_since > kinkster.now() - interval '1 second')::text]
    from kinkster.notion_attempts as a),
  array['1', '0', null, 'true'], 'from now on there may be a page: whatever becomes of the worker'
);
select is(pg_temp.noted(:'kinkster'), array['pending', null, null, null], 'the character says nothing of that');

-- The worker is lost, or its answer was: asked again it is not given the same at once.
select is(pg_temp.next_page(:'claim'), '{"state": "none"}', 'a page that may be there is not created again');
select pg_temp.later('9 seconds');
select is(pg_temp.next_page(:'claim') ->> 'state', 'none', 'while Notion''s search may not know it');
select pg_temp.later('1.1 seconds');
select pg_temp.next_page(:'claim') as again \gset
select is(
  :'again'::jsonb - 'look_up', :'page'::jsonb - 'look_up', 'then it is given out again'
);
select is(:'again'::jsonb -> 'look_up', 'true', 'to be looked for first');
select is(pg_temp.next_page(:'claim') ->> 'state', 'none', 'and again not twice at once');
select pg_temp.later('61 seconds');
select is(
  pg_temp.next_page(pg_temp.claimed()) -> 'look_up', 'true', 'nor is it forgotten when the lease is lost'
);
select pg_temp.later('61 seconds');
update public.kinksters set bio = 'Another.';
select is(
  pg_temp.next_page(pg_temp.claimed()) -> 'look_up', 'true', 'or when it is edited'
);

select * from finish();
rollback;
