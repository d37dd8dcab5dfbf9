begin;
\ir ../notion.psql
select plan(14);

select pg_temp.new_kinkster(:'ada') as kinkster \gset
select pg_temp.connected(:'ada') as x, pg_temp.claimed() as claim \gset
select pg_temp.next_page(:'claim') as page \gset
\set keys 'status, page_id, revision, error_code, error_message, error_hint, retry_after_seconds, is_unclear, has_progressed, was_answered.)'
select is(
  pg_temp.refused_under(:'claim', 'settle_notion_page', :'kinkster', outcome),
  'PT400: An outcome is a JSON object. (Its keys are ' || :'keys', coalesce(outcome, 'nothing')
) from unnest(array[null, 'null', '[]', '1', '"sent"']) as outcome;
select is(
  pg_temp.refused_under(:'claim', 'settle_notion_page', :'kinkster', outcome),
  'PT400: This is no outcome of a page. (It has a status, sent or failed, and a revision; its keys are ' || :'keys', outcome
) from unnest(array[
  '{}', '{"status": "sent"}', '{"status": "synced", "revision": 1, "page_id": "page"}', '{"revision": 1}', '{"status": null, "revision": 1}',
  '{"status": "sent", "revision": 1, "page_id": "page", "waited_seconds": 1}', '{"status": "sent", "revision": null, "page_id": "page"}'
]) as outcome;
select is(pg_temp.noted(:'kinkster'), array['pending', null, null, null], 'nothing is noted');
select is(
  (select array[a.attempts, (a.unclear_since is not null)::integer] from kinkster.notion_attempts as a), array[0, 1],
  'nor taken back: there may be a page'
);

select * from finish();
rollback;
