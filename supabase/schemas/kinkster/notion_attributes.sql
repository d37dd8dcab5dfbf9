-- Attributes are JSON of any shape. A line for each thing that they say, after the names that lead to it; what is empty
-- leaves no trace. Below 20 levels a value stands as the JSON that it is.
create or replace function kinkster.notion_attributes(p_attributes jsonb)
  returns text
  language plpgsql
  immutable
  strict
  parallel safe
  security invoker
  set search_path = ''
as $$
begin
  return (
    with recursive part as (
      select null::text as name, array[]::integer[] as place, p_attributes as value
      union all
      select
        nullif(concat_ws(', ', part.name, kinkster.notion_text(inner_part.key)), ''),
        part.place || inner_part.n::integer,
        inner_part.value
      from part
      cross join lateral (
        select entry.key, entry.value, row_number() over (order by entry.key collate "C") as n
        from jsonb_each(case when jsonb_typeof(part.value) = 'object' then part.value else '{}' end) as entry
        union all
        select null, item.value, item.n
        from jsonb_array_elements(case when jsonb_typeof(part.value) = 'array' then part.value else '[]' end)
          with ordinality as item (value, n)
      ) as inner_part
      where cardinality(part.place) < 20
    )

    select string_agg(coalesce(part.name || ': ', '') || kinkster.notion_text(part.value #>> '{}'), e'\n' order by part.place)
    from part
    where jsonb_typeof(part.value) in ('string', 'number', 'boolean')
      or (cardinality(part.place) = 20 and part.value not in ('{}', '[]', 'null'))
  );
end
$$;

comment on function kinkster.notion_attributes(jsonb) is
  'JSON attributes as lines "name: value", "name, inner name: value", without anything empty; null when nothing is left.';

revoke execute on function kinkster.notion_attributes(jsonb) from public, anon, authenticated, service_role;
grant execute on function kinkster.notion_attributes(jsonb) to authenticated, service_role;
