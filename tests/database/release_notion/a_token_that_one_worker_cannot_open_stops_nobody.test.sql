begin;
\ir ../notion.psql
select plan(5);

select pg_temp.new_kinkster(:'ada') as mira \gset
select pg_temp.connected(:'ada') as x \gset
select pg_temp.claimed() as claim \gset
select pg_temp.released(
  :'claim', 0, '{"error_code": "notion_token_unreadable", "error_message": "It is sealed.", "error_hint": "Use its key."}'
) as x \gset
select is(pg_temp.noted(:'mira'), array['pending', null, null, null], 'the character goes on waiting');
select is(pg_temp.claimed() ->> 'state', 'idle', 'for a moment');
\set trouble 'select c.value ->> ''trouble'' from jsonb_array_elements(kinkster.notion_status() -> ''connections'') as c'
select is(pg_temp.as_worker(:'trouble'), 'It is sealed. Use its key.', 'whoever looks sees why');
select pg_temp.later('5 seconds');
select is(pg_temp.visited(:'ada'), 1, 'a worker with the key sends it');
select is(pg_temp.as_worker(:'trouble'), null, 'and all is well');

select * from finish();
rollback;
