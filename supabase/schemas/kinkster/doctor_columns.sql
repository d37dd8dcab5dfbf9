-- What Step 2 of the guide has an operator look up by hand.
create or replace function kinkster.doctor_columns(out state text, out said text, out todo text)
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  v_wrong text;
begin
  select pg_catalog.string_agg(
    case
      when a.attname is null then pg_catalog.format('%s is missing', expected.name)
      else pg_catalog.format(
        '%s is %s with the default %s', expected.name, pg_catalog.format_type(a.atttypid, a.atttypmod),
        coalesce(pg_catalog.pg_get_expr(d.adbin, d.adrelid), 'null')
      )
    end,
    ', ' order by expected.place
  ) into v_wrong
  from (
    values
    (1, 'provider', '''flowise''::text'),
    (2, 'openai_model', '''gpt-4o-mini''::text'),
    (3, 'openai_instructions', null),
    (4, 'openai_previous_response_id', null)
  ) as expected (place, name, expression)
  left join pg_catalog.pg_attribute as a
    on a.attrelid = 'public.kinksters'::regclass and a.attname = expected.name and not a.attisdropped
  left join pg_catalog.pg_attrdef as d on d.adrelid = a.attrelid and d.adnum = a.attnum
  where a.attname is null
    or a.atttypid <> 'text'::regtype
    or pg_catalog.pg_get_expr(d.adbin, d.adrelid) is distinct from expected.expression;
  state := case when v_wrong is null then 'ok' else 'problem' end;
  said := coalesce(
    'In kinksters: ' || v_wrong || '.', 'provider, openai_model, openai_instructions and openai_previous_response_id are as they should be.'
  );
  if v_wrong is not null then
    todo := 'Run kinkster migrations plan; the migration kinksters makes these columns.';
  end if;
end
$$;

comment on function kinkster.doctor_columns() is 'Whether the four columns of a provider are there, with their types and defaults.';

revoke execute on function kinkster.doctor_columns() from public, anon, authenticated, service_role;
