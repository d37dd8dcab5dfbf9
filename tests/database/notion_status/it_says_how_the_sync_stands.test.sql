begin;
\ir ../notion.psql
select plan(40);
set local client_min_messages = 'error';

create function pg_temp.status(p_user uuid default null) returns jsonb language sql as $$
  select pg_temp.as_worker('select kinkster.notion_status(%L)', p_user::text)::jsonb
$$;
\set nothing '{"connections": [], "failed": [], "plain_tokens": [], "unconnected": 0}'
select is(pg_temp.status(), :'nothing', 'nobody is connected');
select is(pg_temp.status(:'ada'), :'nothing', 'nor is this user');
select is(pg_temp.status(:'unknown'), :'nothing', 'or one who is not there');
update public.profiles set notion_kinksters_database_id = case id when :'bea' then ' ' else 'a-database' end;
select is(pg_temp.status() -> 'unconnected', '1', 'who has chosen a database and is not connected is counted');
select is(
  array[pg_temp.status(:'ada') -> 'unconnected', pg_temp.status(:'bea') -> 'unconnected'], array['1', '0']::jsonb[], 'of one user too'
);

select pg_temp.connected(:'ada') as x \gset
select is(
  pg_temp.status(),
  jsonb_build_object(
    'connections', jsonb_build_array(jsonb_build_object(
      'user_id', :'ada', 'email', 'ada@example.com', 'bot_id', 'bot-of-' || :'ada', 'workspace_id', 'a-workspace', 'database_id', 'a-database',
      'data_source_id', null, 'is_claimed', false, 'paused_until', null, 'error_code', null, 'error_message', null, 'error_hint', null,
      'trouble', null, 'synced', 0, 'pending', 0, 'waiting', 0, 'failing', 0, 'errors', 0, 'local_only', 0, 'last_synced_at', null, 'next_in_seconds', null
    )),
    'failed', '[]'::jsonb, 'plain_tokens', '[]'::jsonb, 'unconnected', 0
  ), 'a user without characters'
);

-- What is counted of one character in each state.
create function pg_temp.counts() returns text language sql as $$
  select concat_ws(
    ', ', 'synced ' || (c ->> 'synced'), 'pending ' || (c ->> 'pending'), 'waiting ' || (c ->> 'waiting'), 'failing ' || (c ->> 'failing'),
    'errors ' || (c ->> 'errors'), 'local_only ' || (c ->> 'local_only'),
    'next in ' || round((c ->> 'next_in_seconds')::numeric)
  )
  from (select pg_temp.status() #> '{connections,0}' as c) as c
$$;
select pg_temp.new_kinkster(:'ada') as kinkster \gset
select pg_temp.new_kinkster(null) as system \gset
select is(pg_temp.counts(), 'synced 0, pending 1, waiting 0, failing 0, errors 0, local_only 0, next in 0', 'one that is due');
select pg_temp.claimed() as claim \gset
select is(pg_temp.status() #> '{connections,0,is_claimed}', 'true', 'a worker has the connection');
select pg_temp.next_page(:'claim') as page \gset
select is(pg_temp.counts(), 'synced 0, pending 1, waiting 1, failing 0, errors 0, local_only 0, next in 10', 'it is being sent: nobody else takes it for a while');
select is(pg_temp.status() #>> '{connections,0,data_source_id}', 'source-of-a-database', 'where it goes');
savepoint sending;
select pg_temp.failed(:'claim', :'page', 'notion_conflict') as x \gset
select alike(pg_temp.counts(), 'synced 0, pending 1, waiting 1, failing 1, errors 0, local_only 0, next in %', 'it failed, and waits');
select pg_temp.later('4 seconds');
select is(pg_temp.counts(), 'synced 0, pending 1, waiting 0, failing 1, errors 0, local_only 0, next in 0', 'until it is due');
select is(pg_temp.status() -> 'failed', '[]', 'which is not to have failed');
select pg_temp.failed(:'claim', :'page', 'notion_rate_limited', '{"retry_after_seconds": 90}') as x \gset
select is(pg_temp.counts(), 'synced 0, pending 1, waiting 1, failing 1, errors 0, local_only 0, next in 90', 'Notion asks for a pause');
select is(
  (pg_temp.status() #>> '{connections,0,paused_until}')::timestamptz between kinkster.now() + interval '88 seconds' and kinkster.now() + interval '90 seconds',
  true, 'until when'
);
select pg_temp.later('91 seconds');
select is(pg_temp.status() #> '{connections,0,paused_until}', 'null', 'a pause that is over is none');
select is(pg_temp.counts(), 'synced 0, pending 1, waiting 0, failing 1, errors 0, local_only 0, next in 0', 'and nothing waits for it');

rollback to sending;
select pg_temp.failed(:'claim', :'page', 'notion_rejected') as x \gset
select is(pg_temp.counts(), 'synced 0, pending 0, waiting 0, failing 0, errors 1, local_only 0', 'it was refused');
select is(
  pg_temp.status() -> 'failed',
  jsonb_build_array(jsonb_build_object('kinkster_id', :'kinkster', 'user_id', :'ada', 'sync_error', 'It said no. Ask again.')), 'which is listed'
);
rollback to sending;
select pg_temp.failed(:'claim', :'page', 'notion_unauthorized') as x, pg_temp.changed(:'ada', 'update kinksters set bio = ''A bio.''') as y \gset
select is(pg_temp.counts(), 'synced 0, pending 1, waiting 1, failing 1, errors 0, local_only 0', 'a connection that was stopped: it waits for somebody');
select is(
  (select array[c ->> 'error_code', c ->> 'error_message', c ->> 'error_hint', c ->> 'is_claimed'] from (select pg_temp.status() #> '{connections,0}' as c) as c),
  array['notion_unauthorized', 'It said no.', 'Ask again.', 'false'], 'and says what to do'
);
rollback to sending;
select pg_temp.sent(:'claim', :'page') as x \gset
select is(pg_temp.counts(), 'synced 1, pending 0, waiting 0, failing 0, errors 0, local_only 0', 'it arrived');
select is(
  (pg_temp.status() #>> '{connections,0,last_synced_at}')::timestamptz between kinkster.now() - interval '1 minute' and kinkster.now(), true, 'when'
);
select pg_temp.later('61 seconds');
select is(pg_temp.status() #> '{connections,0,is_claimed}', 'false', 'a lease that is over is none');
update public.kinksters set sync_status = 'local_only' where id = :'kinkster';
select is(pg_temp.counts(), 'synced 0, pending 0, waiting 0, failing 0, errors 0, local_only 1', 'one that is to stay');

-- A row that breaks a rule.
alter table public.kinksters drop constraint age_is_plainly_18_or_over, drop constraint flowise_chatflow_id_is_path_safe;
select pg_temp.new_kinkster(:'ada', '{"age_range": "16 year", "sync_status": "pending"}') as broken \gset
alter table public.kinksters
  add constraint age_is_plainly_18_or_over check (kinkster.states_adult_age(age_range, physical_attributes)) not valid;
select is(pg_temp.visited(:'ada'), 0, 'a row that breaks a rule is not sent');
select is(pg_temp.counts(), 'synced 0, pending 0, waiting 0, failing 0, errors 1, local_only 1', 'and is counted as failed');
select alike(
  pg_temp.status() #>> '{failed,0,sync_error}', 'This kinkster was made before a rule that it breaks: age_is_plainly_18_or_over.%', 'with what is wrong'
);
select pg_temp.changed(:'ada', 'update kinksters set age_range = ''30s'' where id = %L', :'broken') as x \gset
select is(pg_temp.counts(), 'synced 0, pending 1, waiting 0, failing 1, errors 0, local_only 1, next in 0', 'once it is corrected it is due');
delete from public.kinksters where id = :'broken';
select pg_temp.new_kinkster(:'ada', '{"flowise_chatflow_id": "https://flows.example.com/1"}') as broken \gset
alter table public.kinksters
  add constraint flowise_chatflow_id_is_path_safe check (flowise_chatflow_id ~ '^[A-Za-z0-9_-]{0,100}$') not valid;
select is(pg_temp.visited(:'ada'), 0, 'so is one that breaks a rule about what Notion does not show');
select is(pg_temp.counts(), 'synced 0, pending 0, waiting 0, failing 0, errors 1, local_only 1', 'which is counted as failed');
select pg_temp.changed(:'ada', 'update kinksters set flowise_chatflow_id = null where id = %L', :'broken') as x \gset
select is(pg_temp.counts(), 'synced 0, pending 1, waiting 0, failing 1, errors 0, local_only 1, next in 0', 'and due once it is corrected');

-- Two users; one bot.
select pg_temp.connected(:'bea', 'bot-of-' || :'ada') as x, pg_temp.new_kinkster(:'bea', '{"sync_status": "error"}') as theirs, pg_temp.claimed(:'ada') as y \gset
select is(
  (select jsonb_agg(jsonb_build_array(c -> 'email', c -> 'is_claimed') order by n) from jsonb_array_elements(pg_temp.status() -> 'connections') with ordinality as c (c, n)),
  '[["ada@example.com", true], ["bea@example.com", true]]', 'a bot that is in use is so for both'
);
select is(
  (select jsonb_agg(c ->> 'email') from jsonb_array_elements(pg_temp.status(:'bea') -> 'connections') as c), '["bea@example.com"]', 'one user sees one'
);
select is(
  pg_temp.status(:'bea') -> 'failed', jsonb_build_array(jsonb_build_object('kinkster_id', :'theirs', 'user_id', :'bea', 'sync_error', null)),
  'an error of which nobody said why is one too'
);
select is(jsonb_array_length(pg_temp.status(:'ada') -> 'failed'), 0, 'of one''s own');
select count(pg_temp.new_kinkster(:'bea', '{"sync_status": "error"}')) as x from generate_series(1, 120) \gset
select is(jsonb_array_length(pg_temp.status() -> 'failed'), 100, 'a hundred are listed at most');
select is((pg_temp.status(:'bea') #>> '{connections,0,errors}')::integer, 121, 'and all are counted');
select unalike(pg_temp.status()::text, '%sealed%', 'no token');
select unalike(pg_temp.status()::text, '%Mira%', 'nor anything of a character');

select * from finish();
rollback;
