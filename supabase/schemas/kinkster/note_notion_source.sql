-- A database of Notion has data sources, and a page is created in one of them; a worker asks once which. The database becomes
-- the one of the user's profile, if it was another.
create or replace function kinkster.note_notion_source(
  p_user_id uuid,
  p_lease uuid,
  p_database_id text,
  p_data_source_id text
)
  returns void
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
declare
  v_database_id text := kinkster.notion_id(p_database_id);
  v_connection kinkster.notion_connections := kinkster.leased_notion(p_user_id, p_lease);
  v_rule text;
begin
  update kinkster.notion_connections as c
  set database_id = v_database_id, data_source_id = kinkster.notion_id(p_data_source_id)
  where c.user_id = p_user_id;
  begin
    update public.profiles as p
    set notion_kinksters_database_id = v_database_id
    where p.id = p_user_id
      and v_connection.database_id is distinct from v_database_id
      -- If the user has set another one meanwhile, that is the one.
      and kinkster.notion_id(p.notion_kinksters_database_id) is not distinct from v_connection.database_id;
  exception when check_violation then
    get stacked diagnostics v_rule = constraint_name;
    raise sqlstate 'PT409' using
      message = pg_catalog.format('This profile was made before a rule that it breaks: %s.', v_rule),
      hint = 'Correct the profile; until then no change of it can be stored.';
  end;
end
$$;

comment on function kinkster.note_notion_source(uuid, uuid, text, text) is
  'Notes the data source that a user''s new pages go to, and the database that it is of, in the profile too. Raises KW001 when the lease is lost, PT409 for a profile that breaks a rule.';

revoke execute on function kinkster.note_notion_source(uuid, uuid, text, text) from public, anon, authenticated, service_role;
grant execute on function kinkster.note_notion_source(uuid, uuid, text, text) to kinkster_worker;
