begin;
\ir ../notion.psql
select plan(23);

\set connect 'select kinkster.connect_notion(%L, %L, %L, %L, %L)'
\set no_profile 'PT404: There is no profile of this user. (Check the id: a profile is made when a user signs up.)'
select is(
  pg_temp.refusal_of('kinkster_worker', null, :'connect', id, 'a-sealed-token', 'bot', 'workspace', 'database'), :'no_profile', which
) from (values (:'unknown', 'a user who is not there'), (null, 'nobody')) as u (id, which);
select is((select count(*) from kinkster.notion_connections), 0::bigint, 'nothing is kept of that');

select is(
  pg_temp.as_worker(:'connect', :'ada', 'a-sealed-token', 'a-bot', 'a-workspace', '0A1B2C3D4E5F67898ABCDEF012345678')::jsonb,
  '{"success": true, "database_id": "0a1b2c3d-4e5f-6789-8abc-def012345678"}', 'connected'
);
select is(
  (select to_jsonb(c) - 'connected_at' from kinkster.notion_connections as c),
  jsonb_build_object(
    'user_id', :'ada', 'sealed_token', 'a-sealed-token', 'bot_id', 'a-bot', 'workspace_id', 'a-workspace', 'database_id', null,
    'data_source_id', null, 'worker', null, 'lease', null, 'lease_expires_at', null, 'claimed_at', null, 'paused_until', null, 'failures', 0, 'trouble', null,
    'error_code', null, 'error_message', null, 'error_hint', null
  ), 'as it was sealed'
);
select ok((select c.connected_at > kinkster.now() - interval '1 minute' from kinkster.notion_connections as c), 'when');
select is(
  (select array[p.notion_kinksters_database_id, p.notion_workspace_id] from public.profiles as p where p.id = :'ada'),
  array['0a1b2c3d-4e5f-6789-8abc-def012345678', 'a-workspace'], 'the profile says where the characters go'
);
select is(
  (select array[p.notion_kinksters_database_id, p.notion_workspace_id] from public.profiles as p where p.id = :'bea'), array[null, null]::text[],
  'nobody else''s does'
);

-- Anew.
select pg_temp.new_kinkster(:'ada') as kinkster \gset
select pg_temp.claimed() as claim \gset
select pg_temp.under(:'claim', 'note_notion_source', '0a1b2c3d-4e5f-6789-8abc-def012345678', 'a-source') as x \gset
select is(
  pg_temp.as_worker(:'connect', :'ada', 'another-sealed-token', 'a-bot', null, null)::jsonb,
  '{"success": true, "database_id": "0a1b2c3d-4e5f-6789-8abc-def012345678"}', 'what is not given stays'
);
select is(
  (select array[c.sealed_token, c.data_source_id] from kinkster.notion_connections as c), array['another-sealed-token', 'a-source'], 'the token is the new one'
);
select is(
  (select p.notion_workspace_id from public.profiles as p where p.id = :'ada'), 'a-workspace', 'and the workspace is the same'
);
select is(pg_temp.refused_under(:'claim', 'renew_notion'), :'notion_lease_lost', 'whoever used the old one no longer does');
savepoint connected;
update kinkster.settings set clock_offset = clock_offset + lease;
select is(pg_temp.claimed() ->> 'sealed_token', 'another-sealed-token', 'whoever claims it after that has the new one');
rollback to connected;
select pg_temp.as_worker(:'connect', :'ada', 'a-third-token', 'another-bot', null, null) as x \gset
select is(
  (select c.data_source_id from kinkster.notion_connections as c), null, 'what one bot could see another may not'
);
select is((select count(*) from kinkster.notion_connections), 1::bigint, 'there is one connection of a user');

-- What is none.
create function pg_temp.refusal_to(p_token text, p_bot text, p_database text) returns text language sql as $$
  select pg_temp.refusal_of(
    'kinkster_worker', null, 'select kinkster.connect_notion(%L, %L, %L, %L, %L)', '00000000-0000-4000-8000-00000000bea0', p_token, p_bot, 'w', p_database
  )
$$;
select is(
  pg_temp.refusal_to(token, bot, null), 'PT422: A connection needs a token and the id of its bot. (Run: kinkster notion connect)', which
) from (values
  (null, 'a-bot', 'no token'), (e' \u200b', 'a-bot', 'a blank one'), ('a-sealed-token', null, 'no bot'), ('a-sealed-token', '', 'a blank one')
) as c (token, bot, which);
select is(
  pg_temp.refusal_to('a-sealed-token', 'a-bot', id),
  'PT422: This is no id of a database in Notion. (Give the 32 letters and digits that stand in the database''s address before the question mark.)', id
) from unnest(array['https://www.notion.so/me/0a1b2c3d4e5f67898abcdef012345678?v=1', 'a b', '../users/me']) as id;
select is((select count(*) from kinkster.notion_connections as c where c.user_id = :'bea'), 0::bigint, 'nothing is kept of that');

select * from finish();
rollback;
