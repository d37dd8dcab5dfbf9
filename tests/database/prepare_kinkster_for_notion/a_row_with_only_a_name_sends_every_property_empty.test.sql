begin;
\ir ../setup.psql
select plan(10);

update public.profiles set notion_kinksters_database_id = '0a1b2c3d-4e5f-6789-8abc-def012345678' where id = :'ada';
select pg_temp.new_kinkster(:'ada', '{
  "role": null, "pronouns": null, "experience_level": null, "is_active": null, "is_public": null, "is_primary": null,
  "dominance": null, "submission": null, "charisma": null, "stamina": null, "creativity": null, "control": null,
  "created_at": null
}') as kinkster \gset
select pg_temp.as_user(:'ada', 'select prepare_kinkster_for_notion(%L)', :'kinkster') as page \gset

select is(
  :'page'::jsonb - 'properties',
  jsonb_build_object(
    'success', true, 'kinkster_id', :'kinkster', 'revision', 1, 'page_id', null,
    'parent', '{"type": "database_id", "database_id": "0a1b2c3d-4e5f-6789-8abc-def012345678"}'::jsonb,
    'children', '[]'::jsonb, 'more_children', '[]'::jsonb
  ),
  'no content, and where the page goes'
);
select is(
  array(
    select property.key || ': ' || (property.value ->> kind.kind)
    from jsonb_each(:'page'::jsonb -> 'properties') as property
    cross join lateral jsonb_object_keys(property.value) as kind (kind)
    where property.value ->> kind.kind not in ('[]', 'false')
    order by 1
  ),
  array[
    'Name: [{"text": {"content": "Mira"}, "type": "text"}]',
    'Supabase ID: [{"text": {"content": "' || :'kinkster' || '"}, "type": "text"}]'
  ],
  'it has a name and an id'
);
select is(
  (
    select jsonb_object_agg(kind.kind, kind.said)
    from (
      select distinct kind.key as kind, kind.value as said
      from jsonb_each(:'page'::jsonb -> 'properties') as property
      cross join lateral jsonb_each(property.value) as kind
      where property.key not in ('Name', 'Supabase ID')
    ) as kind
  ),
  '{"rich_text": [], "select": null, "multi_select": [], "number": null, "checkbox": false, "date": null, "files": []}',
  'everything else is sent empty, as Notion clears it'
);
select is((select count(*) from jsonb_object_keys(:'page'::jsonb -> 'properties')), 42::bigint, 'all properties are there');

select pg_temp.new_kinkster(:'ada', '{"name": " ", "display_name": "Mira Vale"}') as blank \gset
select is(
  pg_temp.as_user(:'ada', 'select prepare_kinkster_for_notion(%L) #> ''{properties,Name}''', :'blank')::jsonb,
  '{"title": [{"type": "text", "text": {"content": "Mira Vale"}}]}', 'without a name the displayed one'
);
update public.kinksters set display_name = e'\u200b' where id = :'blank';
select is(
  pg_temp.as_user(:'ada', 'select prepare_kinkster_for_notion(%L) #> ''{properties,Name}''', :'blank')::jsonb,
  '{"title": []}', 'without either none'
);

select pg_temp.new_kinkster(:'ada', $${
  "role": " ", "bio": "\u00a0\n", "backstory": "\u0001", "hard_limits": ["", null, " "], "physical_attributes": {"scars": [" ", null, {}]},
  "avatar_url": ""
}$$) as blanks \gset
select pg_temp.as_user(:'ada', 'select prepare_kinkster_for_notion(%L)', :'blanks') as page \gset
select is(
  (:'page'::jsonb -> 'properties') - array['Name', 'Supabase ID', 'Pronouns', 'Experience Level', 'Created', 'Active',
    'Dominance', 'Submission', 'Charisma', 'Stamina', 'Creativity', 'Control'],
  (
    select jsonb_object_agg(f.property, jsonb_build_object(f.kind, case
      when f.kind in ('rich_text', 'multi_select', 'files') then '[]'::jsonb when f.kind = 'checkbox' then 'false'
    end))
    from jsonb_each_text(jsonb_object(kinkster.notion_types())) as f (property, kind)
    where f.property not in ('Name', 'Supabase ID', 'Pronouns', 'Experience Level', 'Created', 'Active',
      'Dominance', 'Submission', 'Charisma', 'Stamina', 'Creativity', 'Control')
  ),
  'blanks of every kind are nothing'
);
select is(:'page'::jsonb -> 'children', '[]', 'and leave no heading');
select is(
  (select array_agg(distinct f.kind order by f.kind) from jsonb_each_text(jsonb_object(kinkster.notion_types())) as f (property, kind)),
  array['checkbox', 'date', 'files', 'multi_select', 'number', 'rich_text', 'select', 'title'],
  'a database can be set up without a character'
);
select is(
  (select cardinality(kinkster.notion_values(k)) from public.kinksters as k where k.id = :'blanks'),
  cardinality(kinkster.notion_types()) / 2,
  'each property has a value'
);

select * from finish();
rollback;
