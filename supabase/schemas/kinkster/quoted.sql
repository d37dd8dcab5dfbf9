-- Text from a row goes into a prompt as a JSON string: one line, nothing in it can close the quote or start a section.
create or replace function kinkster.quoted(p_text text)
  returns text
  language plpgsql
  immutable
  strict
  parallel safe
  security invoker
  set search_path = ''
as $$
begin
  return kinkster.in_one_line(pg_catalog.to_json(nullif(pg_catalog.btrim(p_text, kinkster.blanks()), ''))::text);
end
$$;

comment on function kinkster.quoted(text) is
  'A text as a JSON string on one line, trimmed; null for a blank one.';

revoke execute on function kinkster.quoted(text) from public, anon, authenticated, service_role;
grant execute on function kinkster.quoted(text) to authenticated, service_role;
