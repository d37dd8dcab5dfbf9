-- Attributes are JSON of any shape. A line for each thing that they say, after the names that lead to it; what is empty
-- leaves no trace. Below 20 levels a value stands as the JSON that it is.
create or replace function kinkster.notion_lines(p_attributes jsonb, p_name text default null, p_level integer default 1)
  returns text
  language plpgsql
  immutable
  parallel safe
  security invoker
  set search_path = ''
as $$
declare
  v_is_object boolean := pg_catalog.jsonb_typeof(p_attributes) = 'object';
  v_items jsonb := case
    when v_is_object then pg_catalog.jsonb_path_query_array(p_attributes, jsonpath '$.keyvalue()')
    when pg_catalog.jsonb_typeof(p_attributes) = 'array' then p_attributes
    else pg_catalog.jsonb_build_array(p_attributes)
  end;
  v_value jsonb;
  v_name text := p_name;
  v_text text;
  v_lines text[];
begin
  -- JSON has the shorter names first, and those of one length in order.
  if v_is_object
    and pg_catalog.octet_length(v_items -> 0 ->> 'key') < pg_catalog.octet_length(v_items -> -1 ->> 'key') then
    v_items := (
      select pg_catalog.jsonb_agg(item.value order by item.value ->> 'key' collate "C")
      from pg_catalog.jsonb_array_elements(v_items) as item (value)
    );
  end if;
  for v_n in 0 .. pg_catalog.jsonb_array_length(v_items) - 1 loop
    v_value := v_items -> v_n;
    if v_is_object then
      v_name := v_value ->> 'key';
      if v_name ~ kinkster.notion_flaws() then
        v_name := kinkster.notion_text(v_name);
      end if;
      v_name := nullif(pg_catalog.concat_ws(', ', p_name, v_name), '');
      v_value := v_value -> 'value';
    end if;
    if p_level < 20 and pg_catalog.jsonb_typeof(v_value) in ('object', 'array') then
      v_lines := v_lines || kinkster.notion_lines(v_value, v_name, p_level + 1);
    elsif v_value not in ('{}', '[]', 'null') then
      v_text := v_value #>> '{}';
      if v_text ~ kinkster.notion_flaws() then
        v_text := kinkster.notion_text(v_text);
      end if;
      v_lines := v_lines || (coalesce(v_name || ': ', '') || v_text);
    end if;
  end loop;
  return nullif(pg_catalog.array_to_string(v_lines, e'\n'), '');
end
$$;

comment on function kinkster.notion_lines(jsonb, text, integer) is
  'JSON attributes as lines "name: value", "name, inner name: value", without anything empty; null when nothing is left. For what is inside another value, also the names that lead there and the level.';

revoke execute on function kinkster.notion_lines(jsonb, text, integer) from public, anon, authenticated, service_role;
grant execute on function kinkster.notion_lines(jsonb, text, integer) to authenticated, service_role;
