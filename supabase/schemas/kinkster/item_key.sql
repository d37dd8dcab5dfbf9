-- What two items of a list have in common when they say the same ('Heights', 'heights ').
create or replace function kinkster.item_key(p_item text)
  returns text
  language plpgsql
  immutable
  strict
  parallel safe
  security invoker
  set search_path = ''
as $$
begin
  if pg_catalog.char_length(p_item) > 200 then
    return kinkster.trimmed(p_item);  -- normalizing takes the square of a run of marks
  elsif pg_catalog.octet_length(p_item) = pg_catalog.char_length(p_item) then
    return pg_catalog.lower(kinkster.trimmed(p_item));  -- ASCII has one form
  end if;
  return pg_catalog.lower(pg_catalog.normalize(kinkster.trimmed(p_item), 'nfkc'));
end
$$;

comment on function kinkster.item_key(text) is
  'An item of a list without case, Unicode form and blanks around it (one of over 200 characters: without the blanks alone); null for a blank one.';

revoke execute on function kinkster.item_key(text) from public, anon, authenticated, service_role;
grant execute on function kinkster.item_key(text) to authenticated, service_role;
