begin;
\ir ../notion.psql
select plan(18);
set local client_min_messages = 'error';

select is(pg_temp.as_worker('select kinkster.plain_notion_tokens()'), '[]', 'an empty database has no such column');
alter table public.profiles add column notion_access_token text;
select is(pg_temp.as_worker('select kinkster.plain_notion_tokens()'), '[]', 'or nothing in it');
update public.profiles set notion_access_token = e' \u200b' where id = :'bea';
select is(pg_temp.as_worker('select kinkster.plain_notion_tokens()'), '[]', 'or nothing that could be one');
update public.profiles set notion_access_token = 'ntn_plain_of_' || left(email, 3);
select is(
  pg_temp.as_worker('select kinkster.plain_notion_tokens()')::jsonb,
  jsonb_build_array(
    jsonb_build_object('user_id', :'ada', 'email', 'ada@example.com', 'token', 'ntn_plain_of_ada'),
    jsonb_build_object('user_id', :'bea', 'email', 'bea@example.com', 'token', 'ntn_plain_of_bea')
  ), 'the worker is told them, to seal them'
);
update public.profiles set notion_access_token = ' ntn_plain_of_bea
' where id = :'bea';
select is(
  pg_temp.as_worker('select kinkster.plain_notion_tokens()')::jsonb #>> '{1,token}', 'ntn_plain_of_bea', 'without what is around them'
);
select is(
  pg_temp.as_worker('select kinkster.notion_status() -> ''plain_tokens''')::jsonb,
  jsonb_build_array(
    jsonb_build_object('user_id', :'ada', 'email', 'ada@example.com'), jsonb_build_object('user_id', :'bea', 'email', 'bea@example.com')
  ), 'the status says whose there are, and no more'
);
select is(
  pg_temp.as_worker('select kinkster.notion_status(%L) -> ''plain_tokens''', :'bea')::jsonb,
  jsonb_build_array(jsonb_build_object('user_id', :'bea', 'email', 'bea@example.com')), 'or of one user'
);
select unalike(pg_temp.as_worker('select kinkster.notion_status()'), '%ntn_%', 'never a token');

select pg_temp.connected(:'ada') as x \gset
select is(
  (select array_agg(p.notion_access_token order by p.email) from public.profiles as p), array[null, e' ntn_plain_of_bea\n'], 'what is sealed is gone; others'' is left'
);
select is(
  jsonb_array_length(pg_temp.as_worker('select kinkster.plain_notion_tokens()')::jsonb), 1, 'so it is moved once'
);
savepoint connected;
select is(
  pg_temp.refusal_of('kinkster_worker', null, 'select kinkster.connect_notion(%L, %L, %L, %L, %L)', :'bea', 'a-sealed-token', 'a-bot', 'w', 'no id!') like 'PT422%',
  true, 'what is refused takes nothing away'
);
select is((select p.notion_access_token is null from public.profiles as p where p.id = :'bea'), false, 'for it would be lost');
select is(
  (select array_agg(c.user_id) from kinkster.notion_connections as c), array[:'ada']::uuid[], 'nor is anything kept'
);

-- A profile from before a rule that it breaks: an error would show the row, token and all.
alter table public.profiles drop constraint limits_are_at_most_20000_characters;
update public.profiles set hard_limits = array[repeat('x', 20001)] where id = :'bea';
alter table public.profiles add constraint limits_are_at_most_20000_characters check (char_length(concat_ws(' ', hard_limits, soft_limits)) <= 20000) not valid;
create function pg_temp.all_that_is_said(p_command text) returns text language plpgsql as $$
declare
  v_detail text;
  v_hint text;
begin
  perform set_config('role', 'kinkster_worker', true);
  execute p_command;
  return 'not refused';
exception when others then
  get stacked diagnostics v_detail = pg_exception_detail, v_hint = pg_exception_hint;
  return concat_ws(' / ', sqlstate, sqlerrm, v_detail, v_hint);
end $$;
select pg_temp.all_that_is_said(
  format('select kinkster.connect_notion(%L, %L, %L, %L)', :'bea', 'a-sealed-token', 'a-bot', 'a-workspace')
) as said \gset
select alike(
  :'said'::text, 'PT409 / This profile was made before a rule that it breaks: limits_are_at_most_20000_characters.%', 'such a profile says what is wrong with it'
);
select unalike(:'said'::text, '%ntn_%', 'without the token');
select unalike(:'said'::text, '%sealed%', 'or the sealed one');
rollback to connected;

-- The column is the application's: it may be gone, or hold what it likes.
alter table public.profiles drop column notion_access_token;
select is(pg_temp.as_worker('select kinkster.plain_notion_tokens()'), '[]', 'a column that was dropped holds nothing');
select is(pg_temp.connected(:'bea') ->> 'success', 'true', 'and is in nobody''s way');

select * from finish();
rollback;
