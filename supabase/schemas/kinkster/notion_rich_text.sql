-- One element of Notion's rich text.
create or replace function kinkster.notion_rich_text(p_text text)
  returns jsonb
  language plpgsql
  immutable
  parallel safe
  security invoker
  set search_path = ''
as $$
begin
  return pg_catalog.jsonb_build_object('type', 'text', 'text', pg_catalog.jsonb_build_object('content', p_text));
end
$$;

comment on function kinkster.notion_rich_text(text) is
  'A plain text of at most 2,000 UTF-16 code units as an element of Notion''s rich text.';

revoke execute on function kinkster.notion_rich_text(text) from public, anon, authenticated, service_role;
grant execute on function kinkster.notion_rich_text(text) to authenticated, service_role;
