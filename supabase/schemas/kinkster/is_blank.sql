-- Whether a text says nothing.
create or replace function kinkster.is_blank(p_text text)
  returns boolean
  language plpgsql
  immutable
  parallel safe
  security invoker
  set search_path = ''
as $$
begin
  return coalesce(pg_catalog.btrim(p_text, kinkster.blanks()), '') = '';
end
$$;

comment on function kinkster.is_blank(text) is
  'True for null, the empty text, and text of white space and invisible characters alone.';

revoke execute on function kinkster.is_blank(text) from public, anon, authenticated, service_role;
grant execute on function kinkster.is_blank(text) to authenticated, service_role;
