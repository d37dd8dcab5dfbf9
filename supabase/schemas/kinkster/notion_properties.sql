-- What a database in Notion must have, for kinkster notion setup and for saying what it lacks.
create or replace function kinkster.notion_properties()
  returns jsonb
  language plpgsql
  immutable
  security definer
  set search_path = ''
as $$
begin
  return pg_catalog.jsonb_object(kinkster.notion_types());
end
$$;

comment on function kinkster.notion_properties() is 'The properties of a character''s page in Notion and their types.';

revoke execute on function kinkster.notion_properties() from public, anon, authenticated, service_role;
grant execute on function kinkster.notion_properties() to kinkster_worker;
