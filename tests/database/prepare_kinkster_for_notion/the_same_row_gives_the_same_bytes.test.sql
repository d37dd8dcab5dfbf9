begin;
\ir ../setup.psql
select plan(4);

update public.profiles set notion_kinksters_database_id = 'a-database' where id = :'ada';
select pg_temp.new_kinkster(:'ada', '{
  "bio": "A bio.", "hard_limits": ["b", "a"], "physical_attributes": {"scars": [1.50, true], "b": {"c": "d"}}, "created_at": "2026-01-02T03:04:05Z"
}') as kinkster \gset
\set prepare 'select prepare_kinkster_for_notion(%L)'
select pg_temp.as_user(:'ada', :'prepare', :'kinkster') as page \gset

select is(pg_temp.as_user(:'ada', :'prepare', :'kinkster'), :'page', 'twice');
set local time zone 'Pacific/Apia';
set local datestyle = 'German';
select is(pg_temp.as_user(:'ada', :'prepare', :'kinkster'), :'page', 'in another time zone');
update public.kinksters set created_at = 'infinity' where id = :'kinkster';
select is(
  pg_temp.as_user(:'ada', :'prepare', :'kinkster')::jsonb #> '{properties,Created}', '{"date": null}', 'no date that no calendar has'
);
update public.kinksters set created_at = '2026-01-02T03:04:05Z', openai_model = 'gpt-5', metadata = '{"x": 1}' where id = :'kinkster';
select is(
  pg_temp.as_user(:'ada', :'prepare', :'kinkster')::jsonb - 'revision', :'page'::jsonb - 'revision', 'after a change that Notion does not show'
);

select * from finish();
rollback;
