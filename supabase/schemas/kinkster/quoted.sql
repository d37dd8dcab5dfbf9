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
  -- JSON leaves Unicode's own line ends as they are; a model may still read them as such.
  return pg_catalog.replace(pg_catalog.replace(pg_catalog.replace(
    pg_catalog.to_json(kinkster.trimmed(p_text))::text,
    e'\u0085', '\u0085'), e'\u2028', '\u2028'), e'\u2029', '\u2029');
end
$$;

comment on function kinkster.quoted(text) is
  'A text as a JSON string on one line, trimmed; null for a blank one.';

revoke execute on function kinkster.quoted(text) from public, anon, authenticated, service_role;
grant execute on function kinkster.quoted(text) to authenticated, service_role;
