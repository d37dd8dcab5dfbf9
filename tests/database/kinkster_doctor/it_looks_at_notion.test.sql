begin;
\ir ../notion.psql
select plan(15);
set local client_min_messages = 'error';
create function pg_temp.doctor(p_check text) returns text language sql as $$
  select pg_temp.as_worker(
    'select state || '': '' || found || coalesce('' > '' || todo, '''') from kinkster_doctor() where "check" = %L', p_check
  )
$$;

select is(pg_temp.doctor('notion_connections'), 'ok: Users connected to Notion: 0.', 'nobody is connected');
select is(pg_temp.doctor('notion_characters'), 'ok: Characters of connected users: 0 in Notion, 0 to be sent, 0 failed.', 'nothing is sent');
update public.profiles set notion_kinksters_database_id = case id when :'bea' then ' ' else 'a-database' end;
select is(
  pg_temp.doctor('notion_connections'),
  'warning: Users connected to Notion: 0; with a database and not connected: 1. > Connect them: kinkster notion connect --user …', 'one wants to be'
);
select pg_temp.connected(:'ada') as x \gset
select is(pg_temp.doctor('notion_connections'), 'ok: Users connected to Notion: 1.', 'and is');
select pg_temp.new_kinkster(:'ada') as kinkster \gset
select pg_temp.new_kinkster(:'bea') as not_connected \gset
select is(pg_temp.doctor('notion_characters'), 'ok: Characters of connected users: 0 in Notion, 1 to be sent, 0 failed.', 'one is to be sent');
savepoint pending;
select pg_temp.visited(:'ada') as x \gset
select is(pg_temp.doctor('notion_characters'), 'ok: Characters of connected users: 1 in Notion, 0 to be sent, 0 failed.', 'it was');
rollback to pending;
update public.kinksters set sync_status = 'error' where id in (:'kinkster', :'not_connected');
select is(
  pg_temp.doctor('notion_characters'),
  'warning: Characters of connected users: 0 in Notion, 0 to be sent, 1 failed. > See why: kinkster notion status; then kinkster notion sync.', 'it failed'
);
rollback to pending;
update kinkster.notion_connections set trouble = 'Notion is having trouble.';
select is(
  pg_temp.doctor('notion_connections'),
  'warning: Users connected to Notion: 1; in trouble that passes: 1. > It is tried again by itself; see kinkster notion status.', 'a trouble that passes'
);
update kinkster.notion_connections
set error_code = 'notion_unauthorized', error_message = 'Notion refused the token.', error_hint = 'Connect again.';
select is(
  pg_temp.doctor('notion_connections'),
  'problem: Users connected to Notion: 1; stopped: 1. Notion refused the token. Connect again. > See each: kinkster notion status.', 'one that does not'
);

select is(pg_temp.doctor('notion_tokens'), 'ok: No token for Notion lies in profiles.', 'tokens are sealed');
alter table public.profiles add column notion_access_token text;
select is(pg_temp.doctor('notion_tokens'), 'ok: No token for Notion lies in profiles.', 'a column without any');
update public.profiles set notion_access_token = case id when :'ada' then 'ntn_plain' else ' ' end;
select is(
  pg_temp.doctor('notion_tokens'),
  'problem: Tokens for Notion in profiles, in plain text: 1. > Have them sealed and taken away: kinkster notion connect.', 'one in plain text'
);
select is(
  (select count(*) from jsonb_array_elements(pg_temp.as_worker('select kinkster.examine()')::jsonb) as f where f::text like '%ntn_plain%'),
  0::bigint, 'which nobody is shown'
);
select is(pg_temp.as_worker('select kinkster.doctor_targets() ->> ''uses_notion'''), 'true', 'a process is told that Notion is in use');
delete from kinkster.notion_connections;
select is(pg_temp.as_worker('select kinkster.doctor_targets() ->> ''uses_notion'''), 'false', 'or not');

select * from finish();
rollback;
