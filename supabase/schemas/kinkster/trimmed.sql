-- Text of blanks alone says nothing.
create or replace function kinkster.trimmed(p_text text)
  returns text
  language plpgsql
  immutable
  strict
  parallel safe
  security invoker
  set search_path = ''
as $$
begin
  return nullif(pg_catalog.btrim(p_text, kinkster.blanks()), '');
end
$$;

comment on function kinkster.trimmed(text) is
  'A text without white space and invisible characters around it; null when nothing is left.';

revoke execute on function kinkster.trimmed(text) from public, anon, authenticated, service_role;
grant execute on function kinkster.trimmed(text) to authenticated, service_role;
