begin;
\ir ../setup.psql
select plan(13);

select pg_temp.new_kinkster(:'ada') as kinkster, pg_temp.new_kinkster(:'bea') as theirs, pg_temp.new_kinkster(null) as system \gset
select alike(pg_temp.refusal(:'ada', command), '42501: permission denied for table kinksters', command) from (values
  ('update kinksters set revision = 7'), ('update kinksters set synced_revision = 1'), ('update kinksters set sync_status = ''synced'''),
  ('update kinksters set notion_page_id = ''page'''), ('update kinksters set notion_last_synced_at = now()'),
  ('insert into kinksters (name, revision) values (''Mira'', 7)'), ('insert into kinksters (name, synced_revision) values (''Mira'', 1)')
) as c (command);
\set not_yours 'PT404: There is no kinkster of yours with this id. (Check the id: a kinkster is sent to Notion by its owner, a system kinkster by nobody.)'
\set note 'select kinkster.note_own_sync(%L, ''page'', null, null, 1)'
select is(pg_temp.refusal(:'ada', :'note', id), :'not_yours', which) from (values
  (:'theirs', 'nor by the helper'), (:'system', 'for nobody''s')
) as k (id, which);
select alike(
  pg_temp.refusal(:'ada', 'select kinkster.note_sync(%L, ''page'', null, null, 1)', :'kinkster'),
  '42501: permission denied for function note_sync', 'nor by the operator''s'
);
select alike(
  pg_temp.refusal(null, 'select mark_kinkster_synced(%L, ''page'')', :'kinkster'),
  '42501: permission denied for function note_sync', 'nor as nobody'
);
select alike(
  pg_temp.refusal_of('anon', null, 'select public.mark_kinkster_synced(%L, ''page'')', :'kinkster'),
  '42501: permission denied for function mark_kinkster_synced', 'or without signing in'
);
select is((select array_agg(distinct synced_revision) from public.kinksters), array[null]::bigint[], 'nothing was noted');

select * from finish();
rollback;
