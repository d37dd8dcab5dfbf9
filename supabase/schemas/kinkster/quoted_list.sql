-- Lists in rows hold blanks and doubles ('Heights', 'heights '); a prompt says each thing once, in the list's order.
create or replace function kinkster.quoted_list(p_items text[], p_separator text default ', ')
  returns text
  language plpgsql
  immutable
  strict
  parallel safe
  security invoker
  set search_path = ''
as $$
declare
  v_item text;
  v_key text;
  v_keys text[] := array[]::text[];
  v_list text;
begin
  foreach v_item in array p_items loop
    v_key := pg_catalog.lower(pg_catalog.normalize(kinkster.trimmed(v_item), 'nfkc'));
    if v_key is not null and not v_key = any (v_keys) then
      v_keys := v_keys || v_key;
      v_list := coalesce(v_list || p_separator, '') || kinkster.quoted(v_item);
    end if;
  end loop;
  return v_list;
end
$$;

comment on function kinkster.quoted_list(text[], text) is
  'The items of a list as JSON strings in one text, without blanks and doubles (case and Unicode form aside), in order; null when none is left.';

revoke execute on function kinkster.quoted_list(text[], text) from public, anon, authenticated, service_role;
grant execute on function kinkster.quoted_list(text[], text) to authenticated, service_role;
