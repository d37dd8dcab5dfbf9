begin;
\ir ../notion.psql
select plan(31);

select pg_temp.new_kinkster(:'ada') as kinkster \gset
select pg_temp.connected(:'ada') as x, pg_temp.connected(:'bea', 'bot-of-' || :'ada') as y \gset
create function pg_temp.failed_once(p_code text, p_outcome jsonb default '{}') returns jsonb language plpgsql as $$
declare
  v_claim jsonb := pg_temp.claimed('00000000-0000-4000-8000-00000000ada0');
  v_answer jsonb;
begin
  v_answer := pg_temp.failed(v_claim, pg_temp.next_page(v_claim), p_code, p_outcome);
  if (v_answer ->> 'goes_on')::boolean then
    perform pg_temp.released(v_claim);
  end if;
  return v_answer;
end $$;
create function pg_temp.pause() returns float language sql as $$
  select extract(epoch from c.paused_until - kinkster.now())
  from kinkster.notion_connections as c
  where c.user_id = '00000000-0000-4000-8000-00000000ada0'
$$;

-- As long as it says, in this order.
create function pg_temp.obeyed(p_code text, p_seconds float) returns setof text language plpgsql as $$
begin
  delete from kinkster.notion_attempts;
  return next is(
    pg_temp.failed_once(p_code, jsonb_build_object('retry_after_seconds', p_seconds)), '{"goes_on": false, "sync_status": "pending"}',
    format('%s, %s seconds', p_code, p_seconds)
  );
  return next ok(pg_temp.pause() between p_seconds - 2 and p_seconds, 'it is paused for as long as that');
  perform pg_temp.later('1000 days');
end $$;
select o.* from (values
  ('notion_rate_limited', 1), ('notion_rate_limited', 90), ('notion_rate_limited', 3600), ('notion_overloaded', 20), ('notion_unavailable', 120)
) as a (code, seconds), pg_temp.obeyed(code, seconds) as o;
select is(pg_temp.noted(:'kinkster'), array['pending', null, null, null], 'that is nobody''s failure');

-- How long the pauses are of failures in a row, an hour apart; 0 for none.
create function pg_temp.pauses(p_codes text[]) returns integer[] language plpgsql as $$
declare
  v_found integer[] := '{}';
  v_code text;
begin
  foreach v_code in array p_codes loop
    v_found := v_found || case
      when (pg_temp.failed_once(v_code) ->> 'goes_on')::boolean then 0 else round(pg_temp.pause()::numeric)::integer
    end;
    perform pg_temp.later('1 hour');
  end loop;
  return v_found;
end $$;

delete from kinkster.notion_attempts;
update kinkster.notion_connections set failures = 0;
savepoint whole;
select pg_temp.failed_once('notion_rate_limited', '{"retry_after_seconds": 90}') as x \gset
select is(
  (select array[a.attempts::text, a.next_attempt_at::text] from kinkster.notion_attempts as a), array['0', null], 'no attempt is counted'
);
select pg_temp.later('89 seconds');
select is(pg_temp.claimed(), '{"state": "idle"}', 'nobody asks any sooner');
select is(pg_temp.claimed(:'bea') ->> 'state', 'paused', 'nor for somebody else whose bot it is');
select pg_temp.later('1.1 seconds');
select is(pg_temp.claimed() ->> 'user_id', :'ada', 'then it goes on at once');
rollback to whole;

-- Where it says nothing, longer each time.
select is(
  pg_temp.pauses(array_fill('notion_rate_limited'::text, array[9])), array[5, 10, 20, 40, 80, 160, 300, 300, 300], 'five seconds, doubling'
);
select is((select attempts from kinkster.notion_attempts), 0, 'without an attempt');
rollback to whole;
select is(
  pg_temp.pauses(array_fill('notion_unavailable'::text, array[10])), array[0, 0, 5, 10, 20, 40, 80, 160, 300, 300],
  'after three failures in a row it is Notion''s trouble, not the character''s'
);
select is((select attempts from kinkster.notion_attempts), 10, 'which has waited as often');
rollback to whole;
select is(
  pg_temp.pauses(array['notion_timeout', 'notion_unreachable', 'notion_conflict', 'notion_misbehaved', 'notion_timeout', 'notion_unavailable']),
  array[0, 0, 0, 0, 0, 5], 'three in a row: who says that somebody else is writing to the page answers'
);
rollback to whole;
select is(
  pg_temp.pauses(array['notion_timeout', 'notion_timeout', 'worker_stopped', 'notion_timeout']), array[0, 0, 0, 5], 'a worker that had to go says nothing of Notion'
);
rollback to whole;
select pg_temp.failed_once('notion_timeout') as x, pg_temp.later('1 hour') as y, pg_temp.failed_once('notion_timeout') as z, pg_temp.later('1 hour') as zz \gset
select is(pg_temp.visited(:'ada'), 1, 'whatever arrives');
select pg_temp.changed(:'ada', 'update kinksters set bio = ''A bio.''') as x \gset
select is(pg_temp.pauses(array_fill('notion_timeout'::text, array[3])), array[0, 0, 5], 'ends the row');

rollback to whole;
select pg_temp.pauses(array['notion_timeout', 'notion_timeout']) as x \gset
select is(
  pg_temp.failed_once('notion_timeout', '{"was_answered": true}') ->> 'goes_on', 'true', 'nor does one before which Notion had answered make three'
);
select pg_temp.later('1 hour');
select is(pg_temp.pauses(array['notion_timeout', 'notion_timeout']), array[0, 5], 'but it is the first of a row');

-- What makes no sense.
rollback to whole;
select is(pg_temp.failed_once('notion_rate_limited', '{"retry_after_seconds": 0}') ->> 'goes_on', 'false', 'no seconds');
select ok(pg_temp.pause() between 0 and 0.35, 'are an interval');
select pg_temp.later('1 second');
select is(pg_temp.failed_once('notion_rate_limited', '{"retry_after_seconds": -5}') ->> 'goes_on', 'false', 'fewer');
select ok(pg_temp.pause() between 0 and 0.35, 'too');
select pg_temp.later('1 second');
select is(pg_temp.failed_once('notion_rate_limited', '{"retry_after_seconds": 1e12}') ->> 'goes_on', 'false', 'thirty thousand years');
select ok(pg_temp.pause() between 86000 and 86400, 'are a day');

select * from finish();
rollback;
