-- Providers return a name with a date for the one that was asked. The registry says which names are one model: a name
-- that it does not know is no model, however much it looks like one.
create or replace function kinkster.find_model(
  p_name text,
  out model text,
  out shutdown_on date,
  out replacement text
)
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  v_row kinkster.models;
  v_same kinkster.models;
begin
  select m.* into v_row from kinkster.models as m where m.model = p_name;
  if not found and p_name ~ '.-\d{4}-\d{2}-\d{2}$' then
    select m.* into v_row
    from kinkster.models as m
    where m.model = pg_catalog.left(p_name, -11) and m.covers = 'dates';
  end if;
  if not found then
    select m.* into v_row
    from kinkster.models as m
    where m.covers = 'all' and pg_catalog.starts_with(p_name, m.model)
    order by pg_catalog.length(m.model) desc
    limit 1;
  end if;
  if v_row.same_as is not null then
    select m.* into v_same from kinkster.models as m where m.model = v_row.same_as;
  end if;
  model := coalesce(v_row.same_as, v_row.model);
  shutdown_on := coalesce(v_row.shutdown_on, v_same.shutdown_on);
  replacement := coalesce(v_row.replacement, v_same.replacement);
end
$$;

comment on function kinkster.find_model(text) is
  'The model that a name is one of, with its end and what replaces it then: by its row in kinkster.models, else by that of the name before its date, else by the longest that it begins with, where those cover it. Nulls for a name that the registry does not know.';

revoke execute on function kinkster.find_model(text) from public, anon, authenticated, service_role;
grant execute on function kinkster.find_model(text) to authenticated, service_role;
