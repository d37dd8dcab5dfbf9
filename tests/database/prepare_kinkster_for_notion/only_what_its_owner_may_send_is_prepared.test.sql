begin;
\ir ../setup.psql
select plan(13);

\set prepare 'select prepare_kinkster_for_notion(%L)'
select pg_temp.new_kinkster(:'ada') as kinkster, pg_temp.new_kinkster(null) as system \gset
select is(
  pg_temp.refusal(:'ada', :'prepare', :'kinkster'),
  'PT409: No Notion database is set for this kinkster''s page. (Set notion_kinksters_database_id in your profile to the id of a database in Notion, not to its address.)',
  'without a database'
);
update public.profiles set notion_kinksters_database_id = ' ' where id = :'ada';
select alike(pg_temp.refusal(:'ada', :'prepare', :'kinkster'), 'PT409: No Notion database %', 'with a blank one');
update public.profiles set notion_kinksters_database_id = 'https://www.notion.so/me/0a1b2c3d4e5f67898abcdef012345678?v=1' where id = :'ada';
select alike(pg_temp.refusal(:'ada', :'prepare', :'kinkster'), 'PT409: No Notion database %', 'with the address of one');
select is(
  pg_temp.changed(:'ada', 'update profiles set notion_kinksters_database_id = ''a-database'', notion_workspace_id = ''w'''), 1,
  'a user sets their own'
);
select is(
  pg_temp.as_user(:'ada', 'select jsonb_build_array(notion_kinksters_database_id, notion_workspace_id)
FROM profiles 
WHERE id = auth.uid();'), '["a-database", "w"]', 'and reads it as the seed document does'
);
select is(pg_temp.as_user(:'ada', :'prepare', :'kinkster')::jsonb #>> '{parent,database_id}', 'a-database', 'then it is prepared');

select is(pg_temp.refusal(:'bea', :'prepare', :'kinkster'), :'no_kinkster', 'not for somebody else');
select is(pg_temp.refusal(:'ada', :'prepare', :'unknown'), :'no_kinkster', 'nor an unknown one');
select is(
  pg_temp.refusal(:'ada', :'prepare', :'system'),
  'PT404: A system kinkster has no page in Notion. (Create a kinkster of your own and send that.)', 'nor a system one'
);
select is(
  pg_temp.refusal_of('service_role', null, 'select public.prepare_kinkster_for_notion(%L)', :'system'),
  'PT404: A system kinkster has no page in Notion. (Create a kinkster of your own and send that.)', 'whoever asks'
);
select is(
  pg_temp.as_role('service_role', null, 'select public.prepare_kinkster_for_notion(%L)', :'kinkster')::jsonb #>> '{parent,database_id}',
  'a-database', 'an operator prepares it for its owner''s database'
);

update public.kinksters set sync_status = 'local_only' where id = :'kinkster';
select is(
  pg_temp.refusal(:'ada', :'prepare', :'kinkster'),
  'PT409: This kinkster is not to leave this database. (Its sync_status is local_only; it is sent once that is pending.)',
  'what stays here'
);

-- As in a database that had the row before it had the rule.
update public.kinksters set sync_status = 'pending' where id = :'kinkster';
alter table public.kinksters drop constraint age_is_plainly_18_or_over;
update public.kinksters set age_range = '16 year' where id = :'kinkster';
alter table public.kinksters
  add constraint age_is_plainly_18_or_over check (kinkster.states_adult_age(age_range, physical_attributes)) not valid;
select is(
  pg_temp.refusal(:'ada', :'prepare', :'kinkster'),
  'PT409: This kinkster was made before a rule that it breaks: age_is_plainly_18_or_over. (Correct the kinkster; until then no change of it can be stored.)',
  'what could not be marked afterwards'
);

select * from finish();
rollback;
