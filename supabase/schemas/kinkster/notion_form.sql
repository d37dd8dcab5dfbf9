-- A page's properties as JSON with a place for what each says (format). Without arguments, as kinkster.blanks: naming it
-- costs no call.
create or replace function kinkster.notion_form()
  returns text
  language plpgsql
  immutable
  parallel safe
  security invoker
  set search_path = ''
as $$
declare
  c_types constant text[] := kinkster.notion_types();
  v_properties text[] := array[]::text[];
begin
  for v_n in 1 .. pg_catalog.cardinality(c_types) by 2 loop
    v_properties := v_properties || pg_catalog.format(
      case when c_types[v_n + 1] in ('select', 'number', 'checkbox', 'date') then '"%s": {"%s": %%s}' else '"%s": {"%s": [%%s]}' end,
      c_types[v_n],
      c_types[v_n + 1]
    );
  end loop;
  return '{' || pg_catalog.array_to_string(v_properties, ', ') || '}';
end
$$;

comment on function kinkster.notion_form() is
  'The properties of a character''s page as Notion takes them, with %s where each has its value, or a list''s elements.';

revoke execute on function kinkster.notion_form() from public, anon, authenticated, service_role;
grant execute on function kinkster.notion_form() to authenticated, service_role;
