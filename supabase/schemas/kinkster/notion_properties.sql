-- What a database in Notion must have, for kinkster notion setup and for saying what it lacks.
create or replace function kinkster.notion_properties()
  returns jsonb
  language plpgsql
  stable
  security definer
  set search_path = ''
as $$
begin
  return (select pg_catalog.jsonb_object_agg(f.property, f.kind) from kinkster.notion_fields(null) as f);
end
$$;

comment on function kinkster.notion_properties() is 'The properties of a character''s page in Notion and their types.';

revoke execute on function kinkster.notion_properties() from public, anon, authenticated, service_role;
grant execute on function kinkster.notion_properties() to kinkster_worker;
