-- A block of a page's content that says one text.
create or replace function kinkster.notion_block(p_type text, p_text text)
  returns jsonb
  language plpgsql
  immutable
  parallel safe
  security invoker
  set search_path = ''
as $$
begin
  return pg_catalog.jsonb_build_object(
    'object', 'block',
    'type', p_type,
    p_type, pg_catalog.jsonb_build_object('rich_text', pg_catalog.jsonb_build_array(kinkster.notion_rich_text(p_text)))
  );
end
$$;

comment on function kinkster.notion_block(text, text) is
  'A Notion block of the given type (paragraph, heading_2) with a text of at most 2,000 UTF-16 code units.';

revoke execute on function kinkster.notion_block(text, text) from public, anon, authenticated, service_role;
grant execute on function kinkster.notion_block(text, text) to authenticated, service_role;
