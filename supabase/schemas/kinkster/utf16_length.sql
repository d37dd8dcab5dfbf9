-- Notion counts as JavaScript does: what lies beyond the first plane of Unicode, an emoji for one, counts two.
create or replace function kinkster.utf16_length(p_text text)
  returns integer
  language plpgsql
  immutable
  strict
  parallel safe
  security invoker
  set search_path = ''
as $$
begin
  if pg_catalog.octet_length(p_text) = pg_catalog.char_length(p_text) then
    return pg_catalog.char_length(p_text);  -- ASCII
  end if;
  return pg_catalog.char_length(p_text)
    + pg_catalog.char_length(pg_catalog.regexp_replace(p_text, '[\u0001-\uffff]+', '', 'g'));
end
$$;

comment on function kinkster.utf16_length(text) is
  'Length of a text in UTF-16 code units.';

revoke execute on function kinkster.utf16_length(text) from public, anon, authenticated, service_role;
grant execute on function kinkster.utf16_length(text) to authenticated, service_role;
