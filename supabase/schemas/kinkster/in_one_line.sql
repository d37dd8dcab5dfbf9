-- JSON leaves Unicode's own line ends as they are; a model may still read them as such.
create or replace function kinkster.in_one_line(p_json text)
  returns text
  language plpgsql
  immutable
  strict
  parallel safe
  security invoker
  set search_path = ''
as $$
begin
  return pg_catalog.replace(pg_catalog.replace(pg_catalog.replace(
    p_json, e'\u0085', '\u0085'), e'\u2028', '\u2028'), e'\u2029', '\u2029');
end
$$;

comment on function kinkster.in_one_line(text) is
  'JSON strings with what JSON may leave of line ends (U+0085, U+2028, U+2029) escaped.';

revoke execute on function kinkster.in_one_line(text) from public, anon, authenticated, service_role;
grant execute on function kinkster.in_one_line(text) to authenticated, service_role;
