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
  -- Up to 50 items, each is compared with those before it; beyond, that would take their square.
  c_is_short constant boolean := pg_catalog.cardinality(p_items) <= 50;
  v_item text;
  v_text text;
  v_key text;
  v_keys text[] := array[]::text[];
  v_quoted text[] := array[]::text[];
  v_list text;
begin
  foreach v_item in array p_items loop
    v_text := pg_catalog.btrim(v_item, kinkster.blanks());
    if v_text <> '' then
      v_key := case
        when pg_catalog.char_length(v_item) > 200 then v_text  -- normalizing takes the square of a run of marks
        when pg_catalog.octet_length(v_item) = pg_catalog.char_length(v_item) then pg_catalog.lower(v_text)  -- ASCII has one form
        else pg_catalog.lower(pg_catalog.normalize(v_text, 'nfkc'))
      end;
      if not (c_is_short and v_key = any(v_keys)) then
        v_keys := v_keys || v_key;
        v_quoted := v_quoted || pg_catalog.to_json(v_text)::text;
      end if;
    end if;
  end loop;
  if not c_is_short then
    v_quoted := array(
      select once.quoted
      from (
        select distinct on (told.key) told.quoted, told.place
        from unnest(v_keys, v_quoted) with ordinality as told (key, quoted, place)
        order by told.key, told.place
      ) as once
      order by once.place
    );
  end if;
  v_list := nullif(pg_catalog.array_to_string(v_quoted, p_separator), '');
  if pg_catalog.octet_length(v_list) = pg_catalog.char_length(v_list) then
    return v_list;  -- ASCII has no other line ends
  end if;
  return kinkster.in_one_line(v_list);
end
$$;

comment on function kinkster.quoted_list(text[], text) is
  'The items of a list as JSON strings in one text, without blanks and doubles (case and Unicode form aside, in items of up to 200 characters), in order; null when none is left.';

revoke execute on function kinkster.quoted_list(text[], text) from public, anon, authenticated, service_role;
grant execute on function kinkster.quoted_list(text[], text) to authenticated, service_role;
