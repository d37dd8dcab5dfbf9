begin;
\ir ../notion.psql
select plan(7);

select pg_temp.new_kinkster(:'ada', '{"sync_status": "error", "sync_error": "It said no."}') as failed,
  pg_temp.new_kinkster(:'ada', '{"sync_status": "local_only"}') as here,
  pg_temp.new_kinkster(:'bea', '{"sync_status": "error", "sync_error": "It said no."}') as theirs \gset
select pg_temp.connected(:'ada') as x \gset
select is(
  array[pg_temp.noted(:'failed'), pg_temp.noted(:'here'), pg_temp.noted(:'theirs')],
  array[array['pending', null, null, null], array['local_only', null, null, null], array['error', null, null, 'It said no.']],
  'what was not sent is sent; what is to stay stays; others'' are theirs'
);
select pg_temp.claimed(:'ada') as claim \gset
select pg_temp.failed(:'claim', pg_temp.next_page(:'claim'), 'notion_timeout', '{"is_unclear": true}') as x \gset
select pg_temp.released(:'claim', 0, '{"error_code": "notion_unauthorized", "error_message": "m", "error_hint": "h"}') as x \gset
select pg_temp.connected(:'ada') as x \gset
select is(
  (select array[c.error_code, c.error_message, c.error_hint, c.failures::text] from kinkster.notion_connections as c), array[null, null, null, '0'],
  'the connection begins anew'
);
select is(
  (select array[(a.next_attempt_at is null)::text, (a.unclear_since is not null)::text] from kinkster.notion_attempts as a), array['true', 'true'],
  'nothing has to wait but for the search: a new token says nothing of old pages'
);
select is(pg_temp.noted(:'failed'), array['pending', null, null, null], 'and is no error');
select pg_temp.later('61 seconds');
select is(pg_temp.next_page(pg_temp.claimed()) -> 'look_up', 'true', 'it is looked for');

-- A pause that Notion asked for is the bot's.
select pg_temp.later('61 seconds') as x, pg_temp.claimed(:'ada') as claim \gset
select pg_temp.released(:'claim', 0, '{"error_code": "notion_rate_limited", "error_message": "m", "error_hint": "h", "retry_after_seconds": 90}') as x \gset
select pg_temp.connected(:'ada') as x \gset
select is(pg_temp.claimed(:'ada') ->> 'state', 'paused', 'connecting anew is no way around a pause');
select is((select count(*) from kinkster.notion_connections), 1::bigint, 'of the same bot');

select * from finish();
rollback;
