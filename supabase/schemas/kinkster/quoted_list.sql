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
  c_few constant integer := 50;  -- up to here a loop is quicker than a query; beyond, it would take their square
  v_item text;
  v_key text;
  v_keys text[] := array[]::text[];
  v_list text;
begin
  if pg_catalog.cardinality(p_items) > c_few then
    return (
      select pg_catalog.string_agg(kinkster.quoted(once.item), p_separator order by once.place)
      from (
        select distinct on (told.key) told.item, told.place
        from (
          select given.item, given.place, kinkster.item_key(given.item) as key
          from pg_catalog.unnest(p_items) with ordinality as given (item, place)
        ) as told
        where told.key is not null
        order by told.key, told.place
      ) as once
    );
  end if;
  foreach v_item in array p_items loop
    v_key := kinkster.item_key(v_item);
    if v_key is not null and v_key <> all(v_keys) then
      v_keys := v_keys || v_key;
      v_list := pg_catalog.concat_ws(p_separator, v_list, kinkster.quoted(v_item));
    end if;
  end loop;
  return v_list;
end
$$;

comment on function kinkster.quoted_list(text[], text) is
  'The items of a list as JSON strings in one text, without blanks and doubles (case and Unicode form aside, in items of up to 200 characters), in order; null when none is left.';

revoke execute on function kinkster.quoted_list(text[], text) from public, anon, authenticated, service_role;
grant execute on function kinkster.quoted_list(text[], text) to authenticated, service_role;
