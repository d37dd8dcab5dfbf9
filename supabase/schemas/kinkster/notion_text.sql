-- Text of a row as Notion shows it: one kind of line end, no other control characters but tabs, nothing blank around it.
create or replace function kinkster.notion_text(p_text text)
  returns text
  language plpgsql
  immutable
  strict
  parallel safe
  security invoker
  set search_path = ''
as $$
begin
  if p_text !~ kinkster.notion_flaws() then
    return p_text;
  end if;
  return kinkster.trimmed(pg_catalog.regexp_replace(
    pg_catalog.regexp_replace(p_text, '\r\n|[\u000b-\u000d\u0085]', e'\n', 'g'),
    '[\u0001-\u0008\u000e-\u001f\u007f-\u009f]+', '', 'g'
  ));
end
$$;

comment on function kinkster.notion_text(text) is
  'A text trimmed, with its line ends as line feeds and without other control characters but tabs; null when nothing is left.';

revoke execute on function kinkster.notion_text(text) from public, anon, authenticated, service_role;
grant execute on function kinkster.notion_text(text) to authenticated, service_role;
