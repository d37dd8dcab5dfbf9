begin;
\ir ../notion.psql
select plan(39);

create function pg_temp.stopped_by(p_code text) returns setof text language plpgsql as $$
declare
  c_ada constant uuid := '00000000-0000-4000-8000-00000000ada0';
  v_pending uuid := pg_temp.new_kinkster(c_ada);
  v_other uuid := pg_temp.new_kinkster(c_ada);
  v_claim jsonb;
begin
  perform pg_temp.connected(c_ada), pg_temp.later('1 minute');
  v_claim := pg_temp.claimed(c_ada);
  return next is(
    pg_temp.failed(v_claim, pg_temp.next_page(v_claim), p_code), '{"goes_on": false, "sync_status": "error"}', p_code || ' stops it'
  );
  return next is(
    array[pg_temp.noted(v_pending), pg_temp.noted(v_other)],
    array[array['error', null, null, 'It said no. Ask again.'], array['error', null, null, 'It said no. Ask again.']], 'each character says why'
  );
  return next is(
    (select array[c.error_code, c.error_message, c.error_hint, c.lease::text, c.lease_expires_at::text]
      from kinkster.notion_connections as c where c.user_id = c_ada),
    array[p_code, 'It said no.', 'Ask again.', null, null], 'and the connection'
  );
  return next is(pg_temp.refused_under(v_claim, 'renew_notion'), 'KW001: This connection to Notion is no longer leased to this worker.', 'which nobody has');
  delete from public.kinksters where user_id = c_ada and sync_status = 'error';
end $$;
select s.* from unnest(array[
  'notion_unauthorized', 'notion_forbidden', 'notion_database_missing', 'notion_sources_several', 'notion_database_unset',
  'notion_properties_wrong'
]) as code, pg_temp.stopped_by(code) as s;

-- Who else there is.
select pg_temp.new_kinkster(:'bea') as theirs, pg_temp.new_kinkster(:'ada') as here, pg_temp.new_kinkster(:'ada') as synced,
  pg_temp.new_kinkster(:'ada') as conflicting, pg_temp.new_kinkster(:'ada') as due, pg_temp.new_kinkster(:'ada') as broken \gset
update public.kinksters set sync_status = 'local_only' where id = :'here';
update public.kinksters set sync_status = 'synced' where id = :'synced';
update public.kinksters set sync_status = 'conflict' where id = :'conflicting';
alter table public.kinksters drop constraint age_is_plainly_18_or_over;
update public.kinksters set age_range = '16 year' where id = :'broken';
alter table public.kinksters
  add constraint age_is_plainly_18_or_over check (kinkster.states_adult_age(age_range, physical_attributes)) not valid;
select pg_temp.connected(:'ada') as x, pg_temp.connected(:'bea') as y, pg_temp.later('1 minute') as z, pg_temp.claimed(:'ada') as claim \gset
select pg_temp.failed(:'claim', jsonb_build_object('kinkster_id', :'due', 'revision', 1), 'notion_unauthorized') as answer \gset
select is(:'answer'::jsonb, '{"goes_on": false, "sync_status": "error"}', 'a row that breaks a rule is in nobody''s way');
select is(
  (select array[(pg_temp.noted(:'here'))[1], (pg_temp.noted(:'synced'))[1], (pg_temp.noted(:'conflicting'))[1], (pg_temp.noted(:'broken'))[1],
    (pg_temp.noted(:'theirs'))[1]]),
  array['local_only', 'synced', 'conflict', 'pending', 'pending'], 'what was not to be sent is left alone, as are others'' characters'
);
select is(pg_temp.claimed() ->> 'user_id', :'bea', 'whose turn it is');
select is((select revision from public.kinksters where id = :'due'), 1::bigint, 'being told so is no edit');

-- The same bot, in somebody else's connection, keeps its pace.
select pg_temp.connected(:'ada', 'one-bot') as x, pg_temp.connected(:'bea', 'one-bot') as y, pg_temp.later('2 minutes') as z,
  pg_temp.claimed(:'ada') as claim \gset
select pg_temp.failed(:'claim', jsonb_build_object('kinkster_id', :'due', 'revision', 1), 'notion_database_missing') as x \gset
select is(pg_temp.claimed(:'bea') ->> 'state', 'paused', 'another user of the bot waits for an interval');
select pg_temp.later('0.36 seconds');
select is(pg_temp.claimed(:'bea') ->> 'state', 'claimed', 'and no more: their database is another one');

-- Once it is put right.
select pg_temp.connected(:'ada') as x, pg_temp.later('61 seconds') as y \gset
select is(
  (select array[c.error_code, c.error_message, c.error_hint] from kinkster.notion_connections as c where c.user_id = :'ada'),
  array[null, null, null]::text[], 'a new token is no error'
);
select is(pg_temp.noted(:'due'), array['pending', null, null, null], 'and everything is due again');
select is((select error from kinkster.notion_attempts where kinkster_id = :'broken'), null, 'but for what can''t be written');
select is(
  (select string_agg(distinct sync_status, ' ' order by sync_status) from public.kinksters where user_id = :'ada'),
  'conflict local_only pending synced', 'and what was not to be sent'
);
select is(pg_temp.visited(:'ada'), 1, 'it arrives');
select is(pg_temp.noted(:'due'), array['synced', '1', :'due', null], 'whole');
select is(pg_temp.visited(:'ada'), 0, 'once');
select alike(
  (select error from kinkster.notion_attempts where kinkster_id = :'broken'), 'This kinkster was made before a rule%', 'the other is told what is wrong with it'
);
select is(pg_temp.claimed() ->> 'user_id', :'bea', 'then there is no more to do for this user');

select * from finish();
rollback;
