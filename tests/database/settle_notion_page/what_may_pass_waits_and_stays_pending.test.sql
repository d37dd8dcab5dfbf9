begin;
\ir ../notion.psql
select plan(33);

select pg_temp.new_kinkster(:'ada') as kinkster \gset
select pg_temp.connected(:'ada') as x \gset
-- How many seconds a character waits after a failure, and what is said of it.
create function pg_temp.wait(p_kinkster uuid) returns float language sql as $$
  select extract(epoch from a.next_attempt_at - kinkster.now()) from kinkster.notion_attempts as a where a.kinkster_id = p_kinkster
$$;
create function pg_temp.failed_once(p_code text, p_outcome jsonb default '{}') returns jsonb language plpgsql as $$
declare
  v_claim jsonb := pg_temp.claimed('00000000-0000-4000-8000-00000000ada0');
  v_answer jsonb := pg_temp.failed(v_claim, pg_temp.next_page(v_claim), p_code, p_outcome);
begin
  if (v_answer ->> 'goes_on')::boolean then
    perform pg_temp.released(v_claim);
  end if;
  return v_answer;
end $$;

savepoint once;
-- One code after the other, each from the beginning.
create function pg_temp.each(p_kinkster uuid) returns setof text language plpgsql as $$
declare
  v_code text;
begin
  foreach v_code in array array['notion_unreachable', 'notion_timeout', 'notion_unavailable', 'notion_misbehaved', 'notion_conflict'] loop
    delete from kinkster.notion_attempts;
    update kinkster.notion_connections as c set failures = 0;
    return next is(pg_temp.failed_once(v_code), '{"goes_on": true, "sync_status": "pending"}', v_code || ': the connection goes on');
    return next ok(pg_temp.wait(p_kinkster) between 0.9 and 3, 'the character waits a second or two');
    return next is(pg_temp.claimed(), '{"state": "idle"}', 'so it is not due');
    perform pg_temp.later('4 seconds');
    return next is(pg_temp.claimed('00000000-0000-4000-8000-00000000ada0') ->> 'state', 'claimed', 'then it is');
    perform pg_temp.later('61 seconds');
  end loop;
end $$;
select pg_temp.each(:'kinkster');
rollback to once;

create function pg_temp.waits(p_kinkster uuid, p_times integer) returns float[] language plpgsql as $$
declare
  v_found float[] := '{}';
begin
  for i in 1 .. p_times loop
    perform pg_temp.failed_once('notion_conflict');
    v_found := v_found || pg_temp.wait(p_kinkster);
    perform pg_temp.later('16 minutes');
  end loop;
  return v_found;
end $$;
select pg_temp.waits(:'kinkster', 4) as waits \gset
select ok(
  (select bool_and(w.seconds between 0.49 * 2 ^ w.n and 1.51 * 2 ^ w.n) from unnest(:'waits'::float[]) with ordinality as w (seconds, n)),
  'each time twice as long, spread by half: ' || :'waits'
);
select is(pg_temp.noted(:'kinkster'), array['pending', null, null, null], 'four times say nothing: it may pass');
select pg_temp.waits(:'kinkster', 1) as x \gset
select is(
  pg_temp.noted(:'kinkster'), array['pending', null, null, 'It said no. Ask again. It is tried again without anybody''s doing.'],
  'the fifth says what goes on'
);
select pg_temp.waits(:'kinkster', 15) as waits \gset
select ok((select max(w) <= 900 and min(w) < max(w) from unnest(:'waits'::float[]) as w), 'nothing waits for more than a quarter of an hour');
select is((pg_temp.noted(:'kinkster'))[1], 'pending', 'nor is it given up');
select pg_temp.later('1000 days');
select is(pg_temp.visited(:'ada'), 1, 'once Notion is there it arrives');
select is(pg_temp.noted(:'kinkster'), array['synced', '1', :'kinkster', null], 'and nothing is said any more');
select pg_temp.changed(:'ada', 'update kinksters set bio = ''A bio.''') as x, pg_temp.failed_once('notion_conflict') as y \gset
select ok(pg_temp.wait(:'kinkster') < 3.1, 'the next time it begins anew');

-- A page with much content takes many requests, of which some arrive each time.
select pg_temp.later('1 minute') as x, pg_temp.waits(:'kinkster', 6) as y \gset
select pg_temp.failed_once('notion_timeout', '{"has_progressed": true, "is_unclear": false}') as x \gset
select ok(pg_temp.wait(:'kinkster') < 3.1, 'what comes closer each time waits no longer each time');
select pg_temp.later('1 minute') as x, pg_temp.failed_once('notion_timeout', '{"has_progressed": false}') as y \gset
select ok(pg_temp.wait(:'kinkster') between 1.9 and 6.1, 'unless it does not');
select pg_temp.later('16 minutes');

-- The answer to the settling was lost, and it is said again.
update kinkster.notion_connections set failures = 0;
delete from kinkster.notion_attempts;
select pg_temp.later('1 minute') as x, pg_temp.claimed(:'ada') as claim \gset
select pg_temp.next_page(:'claim') as page \gset
select pg_temp.failed(:'claim', :'page', 'notion_unavailable') as x, pg_temp.failed(:'claim', :'page', 'notion_unavailable') as y \gset
select ok(pg_temp.wait(:'kinkster') < 6.1, 'the same failure said twice does little harm');
select pg_temp.released(:'claim') as x \gset

-- The clock is set back.
select pg_temp.later('1 minute') as x, pg_temp.failed_once('notion_conflict') as y \gset
select pg_temp.later('-1 hour');
select is(pg_temp.claimed(), '{"state": "idle"}', 'a clock that goes back makes it wait');
select pg_temp.later('1 hour') as x, pg_temp.later('20 minutes') as y \gset
select is(pg_temp.claimed() ->> 'state', 'claimed', 'and no more than that');

select * from finish();
rollback;
