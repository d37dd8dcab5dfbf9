-- The items of a list, each once, in the list's order. Two spellings stay two: Notion would show both.
create or replace function kinkster.notion_options(p_items text[])
  returns jsonb
  language plpgsql
  immutable
  parallel safe
  security invoker
  set search_path = ''
as $$
declare
  c_few constant integer := 50;  -- up to here a loop is quicker than a query; beyond, it would take their square
  v_item text;
  v_items text[] := array[]::text[];
begin
  if coalesce(pg_catalog.cardinality(p_items), 0) <= c_few then
    foreach v_item in array coalesce(p_items, v_items) loop
      v_item := kinkster.notion_text(v_item);
      if v_item is not null and v_item <> all(v_items) then
        v_items := v_items || v_item;
      end if;
    end loop;
    return pg_catalog.to_jsonb(v_items);
  end if;
  return coalesce(
    (
      select pg_catalog.jsonb_agg(told.item order by told.place)
      from (
        select kinkster.notion_text(given.item) as item, min(given.place) as place
        from pg_catalog.unnest(p_items) with ordinality as given (item, place)
        group by 1
      ) as told
      where told.item is not null
    ),
    '[]'
  );
end
$$;

comment on function kinkster.notion_options(text[]) is
  'The items of a list as a JSON array of texts as Notion shows them, without blanks and doubles.';

revoke execute on function kinkster.notion_options(text[]) from public, anon, authenticated, service_role;
grant execute on function kinkster.notion_options(text[]) to authenticated, service_role;
