begin;
\ir ../notion.psql
select plan(23);

select pg_temp.new_kinkster(:'ada') as kinkster \gset
select pg_temp.connected(:'ada') as x \gset
-- How a character is handed out after an outcome of its page: when (in how many seconds), and whether it is looked for.
create function pg_temp.then(p_code text, p_outcome jsonb) returns text language plpgsql as $$
declare
  c_ada constant uuid := '00000000-0000-4000-8000-00000000ada0';
  v_claim jsonb := pg_temp.claimed(c_ada);
  v_page jsonb := pg_temp.next_page(v_claim);
  v_waited integer := 0;
begin
  if (pg_temp.failed(v_claim, v_page, p_code, p_outcome) ->> 'goes_on')::boolean then
    perform pg_temp.released(v_claim);
  end if;
  loop
    v_claim := pg_temp.claimed();
    exit when v_claim ->> 'state' = 'claimed' or v_waited > 100;
    v_waited := v_waited + 1;
    perform pg_temp.later('1 second');
  end loop;
  v_page := pg_temp.next_page(v_claim);
  perform pg_temp.released(v_claim), pg_temp.later('61 seconds');
  update kinkster.notion_attempts set attempts = 0;
  update kinkster.notion_connections set failures = 0;
  return concat_ws(
    ', ',
    case
      when v_waited < 10 then 'soon'
      when v_waited < 15 then 'when the search knows it'
      when v_waited between 60 and 64 then 'when Notion must be done with it'
      else 'late'
    end,
    case when (v_page ->> 'page_id') is not null then 'changed' when (v_page ->> 'look_up')::boolean then 'looked for' else 'created' end
  );
end $$;

savepoint clear;
create function pg_temp.all_then(p_outcome jsonb, p_expected text, p_why text) returns setof text language plpgsql as $$
declare
  v_code text;
begin
  foreach v_code in array array[
    'notion_unreachable', 'notion_conflict', 'notion_timeout', 'worker_stopped', 'notion_rate_limited', 'notion_overloaded'
  ] loop
    delete from kinkster.notion_attempts;
    update kinkster.notion_connections set failures = 0;
    return next is(
      pg_temp.then(v_code, p_outcome),
      case
        when v_code in ('notion_unreachable', 'notion_timeout', 'worker_stopped')
          then replace(p_expected, 'the search knows it', 'Notion must be done with it')
        else p_expected
      end,
      v_code || ': ' || p_why
    );
  end loop;
end $$;
select pg_temp.all_then('{"is_unclear": false}', 'soon, created', 'a clear no');
select pg_temp.all_then('{"is_unclear": true}', 'when the search knows it, looked for', 'there may be a page');
rollback to clear;

select is(pg_temp.then('notion_timeout', '{"is_unclear": null}'), 'when the search knows it, looked for', 'whoever says nothing says no no');
select is(pg_temp.then('notion_conflict', '{"is_unclear": true}'), 'when the search knows it, looked for', 'a search that failed is none either');
select is(
  (
    select pg_temp.then('notion_conflict', '{"is_unclear": true}')
    from (select pg_temp.changed(:'ada', 'update kinksters set bio = ''A bio.''')) as edited
  ),
  'when the search knows it, looked for', 'nor does an edit say no'
);
select is(
  pg_temp.then('notion_timeout', '{"is_unclear": true, "page_id": "our-page"}'), 'soon, changed', 'a page that is known is changed, whatever else is unclear'
);
select is((pg_temp.noted(:'kinkster'))[1:3], array['pending', null, 'our-page'], 'it is noted');
select is(
  (select k.notion_database_id from public.kinksters as k), 'a-database', 'and where it is'
);
select is(
  pg_temp.then('notion_timeout', '{"is_unclear": false}'), 'soon, changed', 'changing it may be repeated at once'
);
select is(
  (select array[c.paused_until is null or c.paused_until <= kinkster.now(), c.lease is null] from kinkster.notion_connections as c),
  array[true, true], 'nobody waits for anything'
);

-- A lost worker, and one that was stopped before it had asked anything.
select pg_temp.new_kinkster(:'ada') as other, pg_temp.later('1 hour') as x, pg_temp.claimed(:'ada') as lost \gset
update public.kinksters set sync_status = 'synced', synced_revision = revision where id = :'kinkster';
select pg_temp.next_page(:'lost') ->> 'look_up' as look_up \gset
select is(:'look_up'::text, 'false', 'nothing is unclear of another one');
select pg_temp.later('61 seconds');
select is(pg_temp.then('worker_stopped', '{"is_unclear": true}'), 'when Notion must be done with it, looked for', 'a worker was lost, the next was stopped');
select is(pg_temp.then('worker_stopped', '{"is_unclear": null}'), 'when the search knows it, looked for', 'or had nothing to say');

select * from finish();
rollback;
