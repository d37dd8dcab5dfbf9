begin;
\ir ../notion.psql
select plan(18);

select pg_temp.new_kinkster(:'ada') as kinkster \gset
select pg_temp.connected(:'ada') as x, pg_temp.claimed() as claim \gset
select is(pg_temp.under(:'claim', 'release_notion'), '', 'without a word more');
select is(
  (select array[c.lease::text, c.lease_expires_at::text, c.error_code, c.failures::text, c.worker] from kinkster.notion_connections as c),
  array[null, null, null, '0', 'w'], 'nobody has it; who had it last is known'
);
select is(pg_temp.claimed() ->> 'state', 'claimed', 'it is free at once');
select is(pg_temp.refused_under(:'claim', 'release_notion'), :'notion_lease_lost', 'once');

-- With a wait: how long it is nobody's.
create function pg_temp.pause_after(p_wait float, p_error jsonb default null) returns float language plpgsql as $$
declare
  v_pause float;
begin
  perform pg_temp.later('1000 days');
  perform pg_temp.released(pg_temp.claimed('00000000-0000-4000-8000-00000000ada0'), p_wait, p_error);
  select round(extract(epoch from greatest(c.paused_until, kinkster.now()) - kinkster.now())::numeric, 1) into v_pause from kinkster.notion_connections as c;
  return v_pause;
end $$;
select pg_temp.later('61 seconds');
select is(pg_temp.pause_after(0.3), 0.3::float, 'what is left of an interval');
select is(pg_temp.pause_after(-1), 0::float, 'nothing is left');
select is(pg_temp.pause_after(null), 0::float, 'nor said');
select is(
  pg_temp.pause_after(0.3, '{"error_code": "notion_rate_limited", "error_message": "m", "error_hint": "h", "retry_after_seconds": 90}'), 90::float,
  'what Notion asks for is longer'
);
select is((pg_temp.noted(:'kinkster'))[1], 'pending', 'the characters wait');
update kinkster.notion_connections set failures = 0;
\set down '{"error_code": "notion_unreachable", "error_message": "m", "error_hint": "h"}'
select is(
  array[pg_temp.pause_after(0, :'down'), pg_temp.pause_after(0, :'down'), pg_temp.pause_after(0, :'down'), pg_temp.pause_after(0, :'down')],
  array[0, 0, 5, 10]::float[], 'failures in a row pause it, longer each time'
);
select is((pg_temp.noted(:'kinkster'))[1], 'pending', 'which is not the characters'' fault');
select pg_temp.pause_after(0.3, '{"error_code": "notion_unauthorized", "error_message": "The key has changed.", "error_hint": "Connect again.", "retry_after_seconds": null}') as pause \gset
select is(:'pause'::float, 0.3::float, 'what somebody has to put right stops it; the interval is kept');
select is(
  (select array[c.error_code, c.error_message, c.error_hint] from kinkster.notion_connections as c),
  array['notion_unauthorized', 'The key has changed.', 'Connect again.'], 'and says why'
);
select is(pg_temp.noted(:'kinkster'), array['error', null, null, 'The key has changed. Connect again.'], 'with each character');

update kinkster.notion_connections set error_code = null, failures = 0;
select is(
  array[pg_temp.pause_after(0, :'down'), pg_temp.pause_after(0, :'down'), pg_temp.pause_after(0, :'down'::jsonb || '{"was_answered": true}')],
  array[0, 0, 0]::float[], 'a failure after an answer is none in a row'
);

-- A defect of the worker's that comes back each time.
select pg_temp.connected(:'ada') as x, pg_temp.later('1 hour') as y \gset
create function pg_temp.pauses_after(p_times integer, p_error jsonb) returns float[] language plpgsql as $$
declare
  v_found float[] := '{}';
begin
  for i in 1 .. p_times loop
    v_found := v_found || pg_temp.pause_after(0, p_error);
  end loop;
  return v_found;
end $$;
select ok(
  (select max(p) >= 5 from unnest(pg_temp.pauses_after(5, '{"error_code": "worker_error", "error_message": "m", "error_hint": "h"}')) as p),
  'a defect that comes back each time is no endless loop'
);
select is((pg_temp.noted(:'kinkster'))[1], 'pending', 'nor the characters'' fault');
select pg_temp.later('1 day');
select is(pg_temp.visited(:'ada'), 1, 'and when it has passed they arrive');

select * from finish();
rollback;
