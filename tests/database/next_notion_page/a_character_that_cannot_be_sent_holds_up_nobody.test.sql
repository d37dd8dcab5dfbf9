begin;
\ir ../notion.psql
select plan(22);
set local client_min_messages = 'error';

-- Three characters, the first of which breaks a rule that it is older than.
\set first '10000000-0000-4000-8000-000000000000'
\set second '20000000-0000-4000-8000-000000000000'
\set third '30000000-0000-4000-8000-000000000000'
select pg_temp.new_kinkster(:'ada', jsonb_build_object('id', id)) as x from unnest(array[:'first', :'second', :'third']) as id;
create function pg_temp.with_rule_lifted(p_rule text, p_change text) returns void language plpgsql as $$
declare
  v_definition text := (select pg_get_constraintdef(oid) from pg_constraint where conname = p_rule);
begin
  execute format('alter table public.kinksters drop constraint %I', p_rule);
  execute p_change;
  execute format('alter table public.kinksters add constraint %I %s not valid', p_rule, v_definition);
end $$;
select pg_temp.with_rule_lifted(
  'age_is_plainly_18_or_over', 'update public.kinksters set age_range = ''16 year'', revision = 1 where id = ''10000000-0000-4000-8000-000000000000'''
) as x \gset
select pg_temp.connected(:'ada') as x, pg_temp.claimed() as claim \gset

select is(pg_temp.next_page(:'claim') ->> 'kinkster_id', :'second', 'the next one is given out');
select is(
  (select array[k.sync_status, k.sync_error] from public.kinksters as k where k.id = :'first'), array['pending', null], 'its row can''t be written'
);
select alike(
  (select a.error from kinkster.notion_attempts as a where a.kinkster_id = :'first'),
  'This kinkster was made before a rule that it breaks: age_is_plainly_18_or_over.%', 'what is wrong with it is noted elsewhere'
);
select is(
  pg_temp.as_worker('select kinkster.notion_status() #>> ''{failed,0,kinkster_id}'''), :'first', 'where an operator sees it'
);
select is(pg_temp.next_page(:'claim') ->> 'kinkster_id', :'third', 'and is not asked about again');
select pg_temp.released(:'claim') as x, pg_temp.later('15 seconds') as y \gset
select is(pg_temp.visited(:'ada'), 2, 'the others arrive');
select is(pg_temp.claimed(), '{"state": "idle"}', 'nobody is busy with it for ever');
select pg_temp.later('30 days');
select is(pg_temp.claimed() ->> 'state', 'idle', 'nor after a while');
savepoint again;
select pg_temp.as_worker('select kinkster.resend_to_notion()') as x \gset
select is(pg_temp.next_page(pg_temp.claimed(:'ada')), '{"state": "none"}', 'an operator who tries again is told the same');
rollback to again;
select pg_temp.changed(:'ada', 'update kinksters set age_range = ''30s'' where id = %L', :'first') as x \gset
select is(pg_temp.visited(:'ada'), 1, 'once it is corrected it is sent');

-- A rule about something that Notion does not show: its correction is no edit for Notion.
select pg_temp.with_rule_lifted(
  'flowise_chatflow_id_is_path_safe',
  'update public.kinksters set flowise_chatflow_id = ''https://flows.example.com/1'', sync_status = ''pending'' where id = ''10000000-0000-4000-8000-000000000000'''
) as x \gset
select is(pg_temp.visited(:'ada'), 0, 'a rule about what Notion does not show holds it up too');
select pg_temp.changed(:'ada', 'update kinksters set flowise_chatflow_id = ''flow-1'' where id = %L', :'first') as x \gset
select is(pg_temp.claimed() ->> 'user_id', :'ada', 'once it is corrected somebody is told to send it');
select pg_temp.later('61 seconds');
select is(pg_temp.visited(:'ada'), 1, 'and it is sent');

-- A defect of ours in one character.
create function pg_temp.trouble() returns trigger language plpgsql as $$
begin
  raise sqlstate '22012' using message = 'division by zero', detail = 'Bea said: red.';
end $$;
create trigger trouble before insert on kinkster.notion_attempts for each row execute function pg_temp.trouble();
select pg_temp.new_kinkster(:'ada', jsonb_build_object('id', '00000000-0000-4000-8000-0000000000d0')) as broken \gset
select pg_temp.changed(:'ada', 'update kinksters set bio = ''A bio.'' where id = %L', :'first') as x \gset
select pg_temp.claimed(:'ada') as claim \gset
select is(pg_temp.next_page(:'claim') ->> 'kinkster_id', :'first', 'one that can''t be prepared is passed over');
select is(
  pg_temp.noted(:'broken'),
  array['error', null, null, 'The database could not prepare this kinkster for Notion. Tell the operator the time and the id of the kinkster.'],
  'and says so, and no more'
);

-- The database has a trouble that passes: nothing is wrong with the character.
create or replace function pg_temp.trouble() returns trigger language plpgsql as $$
begin
  raise sqlstate '53100' using message = 'the disk is full';
end $$;
update public.kinksters set sync_status = 'pending', sync_error = null where id = :'broken';
select alike(pg_temp.refused_under(:'claim', 'next_notion_page'), '53100: %', 'a trouble that passes is the worker''s to hear of');
select is((pg_temp.noted(:'broken'))[1], 'pending', 'the character is as it was');
drop trigger trouble on kinkster.notion_attempts;
select is(pg_temp.next_page(:'claim') ->> 'kinkster_id', :'broken', 'and is sent once it is over');

-- No database: that of the others is none of their pages' trouble.
update public.profiles set notion_kinksters_database_id = null;
select pg_temp.released(:'claim') as x, pg_temp.later('61 seconds') as y, pg_temp.claimed(:'ada') as claim \gset
select is(:'claim'::jsonb -> 'database_id', 'null', 'without a database the worker is told so');
select pg_temp.under(:'claim', 'next_notion_page') as page \gset
select is(:'page'::jsonb ->> 'kinkster_id', :'first', 'a page that is there can be changed');
select is((pg_temp.noted(:'broken'))[1], 'error', 'one that is not can''t be created');
select alike((pg_temp.noted(:'broken'))[4], 'No Notion database is set for this kinkster''s page. Set %', 'which says what to do');

select * from finish();
rollback;
