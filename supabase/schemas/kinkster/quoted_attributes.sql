-- Attributes are JSON of any shape that the application liked. Only what they say is kept: texts, numbers and truth
-- values, each with its name; empty objects, lists, texts and nulls leave no trace.
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
begin
  if pg_catalog.jsonb_typeof(p_attributes) <> 'object' then
    return kinkster.quoted_list(
      array(select said.value #>> '{}' from pg_catalog.jsonb_path_query(p_attributes, c_said) as said (value))
    );
  end if;
  return kinkster.quoted_list(
    array(
      select coalesce(nullif(pg_catalog.btrim(attribute.key, kinkster.blanks()), '') || ': ', '') || said.texts
      from pg_catalog.jsonb_each(p_attributes) as attribute
      cross join lateral (
        select pg_catalog.string_agg(nullif(pg_catalog.btrim(leaf.value #>> '{}', kinkster.blanks()), ''), ', ') as texts
        from pg_catalog.jsonb_path_query(attribute.value, c_said) as leaf (value)
      ) as said
      where said.texts is not null
    )
  );
end
$$;

comment on function kinkster.quoted_attributes(jsonb) is
  'JSON attributes as quoted texts "name: value", without anything empty; null when nothing is left.';

revoke execute on function kinkster.quoted_attributes(jsonb) from public, anon, authenticated, service_role;
grant execute on function kinkster.quoted_attributes(jsonb) to authenticated, service_role;
