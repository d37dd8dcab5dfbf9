begin;
\ir ../notion.psql
select plan(14);

select pg_temp.new_kinkster(:'ada') as kinkster \gset
select pg_temp.connected(:'ada') as x \gset
select pg_temp.released(pg_temp.claimed(), 90) as x \gset
select is(pg_temp.claimed(), '{"state": "idle"}', 'paused');
select ok(
  (pg_temp.claimed(:'ada') ->> 'wait_seconds')::float between 88 and 90 and pg_temp.claimed(:'ada') ->> 'state' = 'paused',
  'whoever asks for it is told how long'
);
select pg_temp.later('89 seconds');
select is(pg_temp.claimed() ->> 'state', 'idle', 'until the time is over');
select pg_temp.later('2 seconds');
select pg_temp.claimed() as claim \gset
select is(:'claim'::jsonb ->> 'state', 'claimed', 'then it is used');

select pg_temp.released(
  :'claim', 0, '{"error_code": "notion_database_missing", "error_message": "There is no such database.", "error_hint": "Share it.", "retry_after_seconds": null}'
) as x \gset
select is(
  (select array[c.error_code, c.error_message, c.error_hint] from kinkster.notion_connections as c),
  array['notion_database_missing', 'There is no such database.', 'Share it.'], 'stopped: it says why'
);
select is((pg_temp.noted(:'kinkster'))[1], 'error', 'its characters too');
select alike((pg_temp.noted(:'kinkster'))[4], 'There is no such database.%', 'for the same reason');
select is(pg_temp.claimed(), '{"state": "idle"}', 'nobody is given it');
update public.kinksters set bio = 'A bio.';
select is((pg_temp.noted(:'kinkster'))[1], 'pending', 'an edit makes a character pending');
select is(pg_temp.claimed(), '{"state": "idle"}', 'but a connection that does not work is not tried again by itself');
select pg_temp.later('30 days');
select is(pg_temp.claimed(), '{"state": "idle"}', 'ever');
select pg_temp.claimed(:'ada') as setup \gset
select is(:'setup'::jsonb ->> 'state', 'claimed', 'whoever repairs it may have it');
select pg_temp.released(:'setup') as x \gset
select is(pg_temp.claimed() ->> 'state', 'idle', 'having had it is no repair');
select pg_temp.as_worker('select kinkster.resend_to_notion(%L)', :'ada') as x \gset
select is(pg_temp.claimed() ->> 'user_id', :'ada', 'saying so is');

select * from finish();
rollback;
