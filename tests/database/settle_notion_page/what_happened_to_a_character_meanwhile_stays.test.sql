begin;
\ir ../notion.psql
select plan(26);

select pg_temp.connected(:'ada') as x, pg_temp.claimed(:'ada') as claim \gset
-- A character that is handed out; then something happens; then its outcome comes.
create function pg_temp.meanwhile(p_claim jsonb, p_change text, p_outcome jsonb, out answer jsonb, out noted text[]) language plpgsql as $$
declare
  v_kinkster uuid := pg_temp.new_kinkster('00000000-0000-4000-8000-00000000ada0');
  v_page jsonb := pg_temp.next_page(p_claim);
begin
  assert v_page ->> 'kinkster_id' = v_kinkster::text;
  execute format(p_change, v_kinkster);
  answer := case p_outcome ->> 'status'
    when 'failed' then pg_temp.failed(p_claim, v_page, p_outcome ->> 'error_code', p_outcome)
    else pg_temp.sent(p_claim, v_page, '{"page_id": "our-page"}')
  end;
  noted := array(select case n when v_kinkster::text then 'itself' else n end from unnest(pg_temp.noted(v_kinkster)) as n);
  update public.kinksters as k set notion_page_id = null, sync_status = 'synced' where k.id = v_kinkster;
  delete from kinkster.notion_attempts;
end $$;
\set sent '{"status": "sent"}'
\set refused '{"status": "failed", "error_code": "notion_rejected"}'
\set down '{"status": "failed", "error_code": "notion_unavailable", "is_unclear": true}'

\set deleted 'delete from public.kinksters where id = %L'
select is((pg_temp.meanwhile(:'claim', :'deleted', outcome)).answer, '{"goes_on": true, "sync_status": null}', 'deleted: ' || outcome::text)
from unnest(array[:'sent', :'refused', :'down']::jsonb[]) as outcome;
select is(
  (pg_temp.meanwhile(:'claim', :'deleted', '{"status": "failed", "error_code": "notion_rate_limited", "retry_after_seconds": 7}')).answer -> 'goes_on',
  'false', 'deleted: what is said of the connection counts'
);
select is((pg_temp.claimed(:'ada')) ->> 'state', 'paused', 'it is paused');
select pg_temp.later('8 seconds') as x, pg_temp.claimed(:'ada') as claim \gset

\set local_only 'update public.kinksters set sync_status = ''local_only'' where id = %L'
select is(
  (select array[m.answer ->> 'sync_status', m.noted[1], m.noted[2], m.noted[3]] from pg_temp.meanwhile(:'claim', :'local_only', :'sent') as m),
  array['local_only', 'local_only', '1', 'our-page'], 'what is to stay here from now on stays; that there is a page is noted'
);
select is(
  (select array[m.answer ->> 'sync_status', m.noted[1]] from pg_temp.meanwhile(:'claim', :'local_only', outcome) as m),
  array['local_only', 'local_only'], 'nor does a failure send it: ' || outcome::text
) from unnest(array[:'refused', :'down']::jsonb[]) as outcome;

-- A client of the user's own has sent it too.
\set marked 'select pg_temp.as_user(''00000000-0000-4000-8000-00000000ada0'', ''select mark_kinkster_synced(''''%s'''', ''''clients-page'''', p_revision => 1)'')'
select is(
  (select m.noted from pg_temp.meanwhile(:'claim', :'marked', outcome) as m), array['synced', '1', 'clients-page', null],
  'what a client has marked stays: ' || outcome::text
) from unnest(array[:'sent', :'down']::jsonb[]) as outcome;
select is(
  (select m.noted[1:3] from pg_temp.meanwhile(:'claim', :'marked', :'refused') as m), array['synced', '1', 'clients-page'],
  'what a client has marked stays: refused'
);
select is(
  (select m.answer ->> 'sync_status' from pg_temp.meanwhile(:'claim', :'marked', :'sent') as m), 'synced', 'and the worker is told so'
);
select is(
  (
    select m.noted[1:3]
    from pg_temp.meanwhile(:'claim', :'marked', '{"status": "failed", "error_code": "notion_unavailable", "page_id": "our-page"}') as m
  ),
  array['synced', '1', 'clients-page'], 'also when a page was made that is not whole'
);

-- It is somebody else's now.
\set given 'update public.kinksters set user_id = ''00000000-0000-4000-8000-00000000bea0'' where id = %L'
select is(
  (select array[m.answer ->> 'goes_on', m.answer ->> 'sync_status', m.noted[1], m.noted[2], m.noted[3], m.noted[4]]
    from pg_temp.meanwhile(:'claim', :'given', outcome) as m),
  array['true', null, 'pending', null, null, null], 'nothing is noted of another user''s: ' || outcome::text
) from unnest(array[:'sent', :'refused', :'down', '{"status": "failed", "error_code": "notion_page_gone", "page_id": "our-page"}']::jsonb[]) as outcome;
\set system 'update public.kinksters set user_id = null, is_system_kinkster = true where id = %L'
select is(
  (select array[m.answer ->> 'goes_on', m.noted[1], m.noted[2], m.noted[3], m.noted[4]] from pg_temp.meanwhile(:'claim', :'system', outcome) as m),
  array['true', 'pending', null, null, null], 'nor of the system''s: ' || outcome::text
) from unnest(array[:'sent', :'refused', :'down']::jsonb[]) as outcome;
\set still_owned 'update public.kinksters set is_system_kinkster = true where id = %L'
select is(
  (select array[m.answer ->> 'goes_on', m.noted[1], m.noted[2], m.noted[3], m.noted[4]] from pg_temp.meanwhile(:'claim', :'still_owned', outcome) as m),
  array['true', 'pending', null, null, null], 'even where it has an owner: ' || outcome::text
) from unnest(array[:'sent', :'refused', :'down']::jsonb[]) as outcome;

-- Its owner has its page forgotten while it is changed.
select pg_temp.new_kinkster(:'ada') as kinkster \gset
select pg_temp.sent(:'claim', pg_temp.next_page(:'claim')) as x, pg_temp.changed(:'ada', 'update kinksters set bio = ''A bio.'' where id = %L', :'kinkster') as y \gset
select pg_temp.next_page(:'claim') as page \gset
select pg_temp.as_user(:'ada', 'select forget_kinkster_notion_page(%L)', :'kinkster') as x \gset
select is(
  pg_temp.failed(:'claim', :'page', 'notion_page_gone', jsonb_build_object('page_id', :'kinkster')) ->> 'sync_status', 'pending',
  'a page that was gone, and is forgotten'
);
select pg_temp.later('11 seconds') as x, pg_temp.next_page(:'claim') as page \gset
select is(
  array[:'page'::jsonb -> 'page_id', :'page'::jsonb -> 'look_up'], array['null', 'true']::jsonb[], 'is created anew, unless it is found'
);
select is(pg_temp.under(:'claim', 'renew_notion'), '', 'none of all that has cost the worker its lease');

select * from finish();
rollback;
