-- What Notion would show otherwise than it is written, or not at all: a pattern for control characters but tabs and line
-- feeds, for blanks around a text, and for a text of nothing. Without arguments, as kinkster.blanks: naming it costs no call.
create or replace function kinkster.notion_flaws()
  returns text
  language plpgsql
  immutable
  parallel safe
  security invoker
  set search_path = ''
as $$
begin
  return pg_catalog.format('^[%1$s]|[%1$s]$|^$|[\u0001-\u0008\u000b-\u001f\u007f-\u009f]', kinkster.blanks());
end
$$;

comment on function kinkster.notion_flaws() is
  'A regular expression for texts that kinkster.notion_text changes; all others it leaves as they are.';

revoke execute on function kinkster.notion_flaws() from public, anon, authenticated, service_role;
grant execute on function kinkster.notion_flaws() to authenticated, service_role;
