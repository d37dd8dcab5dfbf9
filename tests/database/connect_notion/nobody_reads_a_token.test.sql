begin;
\ir ../notion.psql
select plan(29);

select pg_temp.new_kinkster(:'ada') as kinkster \gset
select pg_temp.connected(:'ada') as x \gset
select is(
  pg_temp.refusal_of(who, :'ada', 'select * from kinkster.notion_connections'), '42501: permission denied for table notion_connections', who || ' reads none'
) from unnest(array['authenticated', 'service_role', 'kinkster_worker']) as who;
select alike(
  pg_temp.refusal_of('anon', null, 'select * from kinkster.notion_connections'), '42501: permission denied for %', 'nor does anon'
);
select is(
  pg_temp.refusal_of(who, :'ada', 'select sealed_token from kinkster.notion_connections where user_id = %L', :'ada'),
  '42501: permission denied for table notion_connections', who || ': not even one column, of one''s own'
) from unnest(array['authenticated', 'service_role', 'kinkster_worker']) as who;
select is(
  pg_temp.refusal_of(who, :'ada', command), '42501: permission denied for table ' || (regexp_match(command, 'kinkster\.(\w+)'))[1], who || ': ' || command
) from unnest(array['authenticated', 'service_role', 'kinkster_worker']) as who, unnest(array[
  'insert into kinkster.notion_connections (user_id, sealed_token, bot_id) values (null, null, null)',
  'update kinkster.notion_connections set lease = null', 'delete from kinkster.notion_connections',
  'truncate kinkster.notion_connections', 'select * from kinkster.notion_attempts', 'delete from kinkster.notion_attempts'
]) as command;
select is(
  (
    select array_agg(p.proname::text order by p.proname)
    from pg_proc as p
    where p.prosrc ~ 'sealed_token' and p.pronamespace in ('kinkster'::regnamespace, 'public'::regnamespace)
  ), array['claim_notion', 'connect_notion'], 'two functions know the sealed token'
);
select unalike(pg_temp.as_worker('select kinkster.notion_status()'), '%sealed%', 'the status is none of them');
select is(
  (select count(*) from pg_class where relname = 'notion_connections' and relnamespace = 'public'::regnamespace), 0::bigint, 'no client''s API has the table'
);
select is(
  (select count(*) from pg_publication_tables where tablename like 'notion%'), 0::bigint, 'nor does any feed'
);

select * from finish();
rollback;
