begin;
\ir ../setup.psql
select plan(11);

update public.profiles set notion_kinksters_database_id = 'a-database' where id = :'ada';
select pg_temp.new_kinkster(:'ada', '{"name": "Mira", "hard_limits": ["spiders"]}') as kinkster \gset
create function pg_temp.state() returns text language sql as $$
  select revision || ' ' || sync_status from public.kinksters where name = 'Mira'
$$;

select is(pg_temp.state(), '1 pending', 'a new character waits');
select pg_temp.as_user(:'ada', 'select mark_kinkster_synced(%L, ''page'')', :'kinkster') as x \gset
select is(pg_temp.state(), '1 synced', 'being sent is no edit');
select pg_temp.changed(:'ada', 'update kinksters set name = name, bio = bio') as x \gset
select is(pg_temp.state(), '1 synced', 'nor is an update to the same');
select pg_temp.changed(:'ada', $$update kinksters set bio = ' ', hard_limits = '{spiders," ",spiders}'$$) as x \gset
select is(pg_temp.state(), '1 synced', 'nor what Notion shows the same');
update public.kinksters set openai_previous_response_id = 'resp_1';
select is(pg_temp.state(), '1 synced', 'nor a reply');
select pg_temp.changed(:'ada', $$update kinksters set bio = 'A bio.', role = 'switch', hard_limits = '{}'$$) as x \gset
select is(pg_temp.state(), '2 pending', 'an edit is one revision, however much it changes');
select pg_temp.changed(:'ada', $$update kinksters set bio = 'Another.'$$) as x \gset
select is(pg_temp.state(), '3 pending', 'the next is the next');
update public.kinksters set sync_status = 'local_only';
select pg_temp.changed(:'ada', $$update kinksters set bio = 'One more.'$$) as x \gset
select is(pg_temp.state(), '4 local_only', 'what stays here counts, and stays');

-- Column by column: the page changes if and only if the revision does.
create function pg_temp.shown() returns setof text language plpgsql as $$
declare
  v_column record;
  v_before record;
  v_after record;
begin
  for v_column in
    select attname::text as name, atttypid::regtype::text as type
    from pg_attribute
    where attrelid = 'public.kinksters'::regclass and attnum > 0 and not attisdropped
      and attname not in ('is_system_kinkster', 'revision', 'sync_status')
  loop
    select revision, kinkster.notion_body(k) as page into v_before from public.kinksters as k where name like 'Mira%';
    execute format('update public.kinksters set %1$I = %2$s where name like ''Mira%%''', v_column.name, case
      when v_column.name = 'provider' then quote_literal('openai_responses')
      when v_column.name = 'age_range' then quote_literal('40s')
      when v_column.name = 'user_id' then quote_literal('00000000-0000-4000-8000-00000000bea0')
      else case v_column.type
        when 'text' then format('coalesce(%I, '''') || ''x''', v_column.name)
        when 'text[]' then format('coalesce(%I, ''{}'') || ''something new''::text', v_column.name)
        when 'jsonb' then '''{"eyes": "green"}'''
        when 'boolean' then format('%I is not true', v_column.name)
        when 'integer' then format('coalesce(%I, 0) + 1', v_column.name)
        when 'bigint' then '1'
        when 'uuid' then 'gen_random_uuid()'
        when 'timestamp with time zone' then quote_literal('2025-05-05')
      end
    end);
    select revision, kinkster.notion_body(k) as page into v_after from public.kinksters as k where name like 'Mira%';
    if (v_before.page = v_after.page) <> (v_before.revision = v_after.revision) then
      return next v_column.name || ' is noted wrongly';
    elsif v_after.revision = v_before.revision + 1 then
      return next v_column.name;
    end if;
  end loop;
end $$;
alter table public.kinksters add column favourite_season text;
select bag_eq(
  'select pg_temp.shown()',
  array[
    'id', 'name', 'display_name', 'role', 'pronouns', 'archetype', 'specialty', 'bio', 'backstory', 'dominance', 'submission',
    'charisma', 'stamina', 'creativity', 'control', 'appearance_description', 'physical_attributes', 'body_type', 'height', 'build',
    'hair_color', 'hair_style', 'eye_color', 'skin_tone', 'facial_hair', 'age_range', 'aesthetic', 'clothing_style',
    'favorite_colors', 'fetish_wear', 'kink_interests', 'top_kinks', 'hard_limits', 'soft_limits', 'experience_level',
    'personality_traits', 'role_preferences', 'avatar_url', 'is_public', 'is_active', 'is_primary', 'created_at'
  ],
  'column by column, those that Notion shows, and none of the application''s own'
);

select pg_temp.new_kinkster(:'ada') as fresh \gset
alter table public.kinksters disable trigger kinksters_touch;
update public.kinksters set updated_at = '2020-01-01' where id = :'fresh';
alter table public.kinksters enable trigger kinksters_touch;
update public.kinksters
set sync_status = 'error', sync_error = 'Notion was down.', last_notion_update = now(), notion_page_id = 'fresh'
where id = :'fresh';
select is((select updated_at from public.kinksters where id = :'fresh'), '2020-01-01', 'notes about Notion are no edit at all');
update public.kinksters set favourite_season = 'spring' where id = :'fresh';
select is((select updated_at from public.kinksters where id = :'fresh'), now(), 'what Notion does not show is one, but for Notion');

select * from finish();
rollback;
