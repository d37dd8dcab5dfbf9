begin;
\ir ../setup.psql
select plan(4);

select pg_temp.new_kinkster(:'ada', '{"bio": "A bio.", "hard_limits": ["spiders"]}') as kinkster \gset
update public.kinksters set notion_page_id = '0A1B2C3D4E5F67898ABCDEF012345678' where id = :'kinkster';
select pg_temp.as_user(:'ada', 'select prepare_kinkster_for_notion(%L)', :'kinkster') as page \gset
select is(:'page'::jsonb ->> 'page_id', '0a1b2c3d-4e5f-6789-8abc-def012345678', 'its id, in one form');
select is(:'page'::jsonb ? 'parent', false, 'no parent, and no database is needed');

select pg_temp.changed(:'ada', 'update kinksters set bio = null, hard_limits = ''{}'' where id = %L', :'kinkster') as x \gset
select pg_temp.as_user(:'ada', 'select prepare_kinkster_for_notion(%L)', :'kinkster') as page \gset
select is(
  array[:'page'::jsonb #> '{properties,Bio}', :'page'::jsonb #> '{properties,Hard Limits}', :'page'::jsonb -> 'children'],
  array['{"rich_text": []}', '{"multi_select": []}', '[]']::jsonb[], 'what was emptied is sent empty'
);
select is(:'page'::jsonb -> 'revision', '2', 'as the next revision');

select * from finish();
rollback;
