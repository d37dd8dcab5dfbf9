begin;
\ir ../setup.psql
select plan(24);

select pg_temp.new_kinkster(:'ada') as kinkster, pg_temp.new_kinkster(null) as system, pg_temp.new_kinkster(:'bea') as theirs \gset
select pg_temp.new_kinkster(:'ada') as other \gset
\set mark 'select mark_kinkster_synced(%L, %L, p_revision => %L)'
\set not_yours 'PT404: There is no kinkster of yours with this id. (Check the id: a kinkster is sent to Notion by its owner, a system kinkster by nobody.)'
\set no_id 'PT422: Blank, or not an id of Notion. (Give the id that Notion returned for the page, such as ''0a1b2c3d-4e5f-6789-8abc-def012345678''.)'
\set another 'PT409: This page of Notion is another kinkster''s. (Look in Notion for the page whose Supabase ID is this kinkster''s, or create one.)'
select jsonb_agg(to_jsonb(k) order by k.id) as before from public.kinksters as k \gset

select is(pg_temp.refusal(:'ada', :'mark', id, 'page', '1'), :'not_yours', which) from (values
  (:'unknown', 'unknown'), (:'theirs', 'somebody else''s'), (:'system', 'a system character'), (null, 'null')
) as k (id, which);
select is(pg_temp.refusal_of('service_role', null, 'select public.mark_kinkster_synced(%L, ''page'')', id), :'not_yours', which)
from (values (:'unknown', 'unknown to an operator'), (:'system', 'a system character, for an operator')) as k (id, which);
select is(pg_temp.refusal(:'ada', :'mark', :'kinkster', page, '1'), :'no_id', why) from (values
  (null, 'no page'), ('', 'an empty id'), (e' \u00a0', 'a blank one'), ('https://www.notion.so/Mira', 'an address'), ('../users/me', 'a path')
) as p (page, why);
select is(
  pg_temp.refusal(:'ada', 'select mark_kinkster_synced(%L, ''page'', %L, %L)', :'kinkster', database, master), :'no_id', 'nor are others'
) from (values ('a b', null), (null, 'a/b')) as i (database, master);
select is(
  pg_temp.refusal(:'ada', :'mark', :'kinkster', 'page', revision),
  'PT422: This kinkster has no revision ' || revision || ' yet; it is at 1. (Give the revision that prepare_kinkster_for_notion returned with what was sent.)',
  'revision ' || revision
) from (values ('2'), ('0')) as r (revision);
select is((select jsonb_agg(to_jsonb(k) order by k.id) from public.kinksters as k), :'before'::jsonb, 'nothing was noted');

select pg_temp.as_user(:'ada', :'mark', :'kinkster', 'page', '1') as x \gset
select is(
  pg_temp.refusal(:'ada', :'mark', :'kinkster', page, '1'),
  'PT409: Revision 1 was sent already: Notion shows 1. (Prepare the kinkster again, and send what is new.)', 'a revision twice, to ' || page
) from (values ('page'), ('a-second-page')) as p (page);

select is(pg_temp.refusal(user_id::uuid, :'mark', kinkster, 'page', '1'), :'another', why) from (values
  (:'ada', :'other', 'the page of another character'), (:'bea', :'theirs', 'of another user''s')
) as k (user_id, kinkster, why);
-- Noted before there were revisions, in whatever form.
update public.kinksters set notion_page_id = '0a1b2c3d4e5f67898abcdef012345678' where id = :'theirs';
select is(
  pg_temp.refusal(:'ada', :'mark', :'other', page, '1'), :'another', 'a page that was another''s before, as ' || page
) from (values ('0A1B2C3D-4E5F-6789-8ABC-DEF012345678'), ('0a1b2c3d4e5f67898abcdef012345678')) as p (page);
select is(
  pg_temp.as_user(:'bea', :'mark', :'theirs', '0A1B2C3D-4E5F-6789-8ABC-DEF012345678', '1')::jsonb ->> 'sync_status', 'synced',
  'which stays its own'
);
select is(
  (select array_agg(notion_page_id order by notion_page_id) from public.kinksters where notion_page_id is not null),
  array['0a1b2c3d-4e5f-6789-8abc-def012345678', 'page'], 'no page shows two'
);

select * from finish();
rollback;
