-- Attributes are JSON of any shape that the application liked. Only what they say is kept: texts, numbers and truth
-- values, each with its name; empty objects, lists, texts and nulls leave no trace. Most have a few, for which loops
-- are quicker than a query.
create or replace function kinkster.quoted_attributes(p_attributes jsonb)
  returns text
  language plpgsql
  immutable
  strict
  parallel safe
  security invoker
  set search_path = ''
as $$
declare
  c_said constant jsonpath := jsonpath 'strict $.** ? (@.type() == "string" || @.type() == "number" || @.type() == "boolean")';
  v_entries jsonb;
  v_said jsonb;
  v_texts text[];
  v_items text[] := array[]::text[];
begin
  if pg_catalog.jsonb_typeof(p_attributes) <> 'object' then
    return kinkster.quoted_list(
      array(select said.value #>> '{}' from pg_catalog.jsonb_path_query(p_attributes, c_said) as said (value))
    );
  end if;
  v_entries := pg_catalog.jsonb_path_query_array(p_attributes, jsonpath '$.keyvalue()');
  for v_entry in 0 .. pg_catalog.jsonb_array_length(v_entries) - 1 loop
    v_said := pg_catalog.jsonb_path_query_array(v_entries -> v_entry -> 'value', c_said);
    v_texts := array[]::text[];
    for v_n in 0 .. pg_catalog.jsonb_array_length(v_said) - 1 loop
      v_texts := v_texts || nullif(pg_catalog.btrim(v_said ->> v_n, kinkster.blanks()), '');
    end loop;
    v_items := v_items || (
      coalesce(nullif(pg_catalog.btrim(v_entries -> v_entry ->> 'key', kinkster.blanks()), '') || ': ', '')
      || nullif(pg_catalog.array_to_string(v_texts, ', '), '')
    );
  end loop;
  return kinkster.quoted_list(v_items);
end
$$;

comment on function kinkster.quoted_attributes(jsonb) is
  'JSON attributes as quoted texts "name: value", without anything empty; null when nothing is left.';

revoke execute on function kinkster.quoted_attributes(jsonb) from public, anon, authenticated, service_role;
grant execute on function kinkster.quoted_attributes(jsonb) to authenticated, service_role;
