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
begin
  select coalesce(m.same_as, m.model), coalesce(m.shutdown_on, o.shutdown_on), coalesce(m.replacement, o.replacement)
  into model, shutdown_on, replacement
  from kinkster.models as m
  left join kinkster.models as o on o.model = m.same_as
  where m.model = p_name;
  if not found then
    select coalesce(m.same_as, m.model), coalesce(m.shutdown_on, o.shutdown_on), coalesce(m.replacement, o.replacement)
    into model, shutdown_on, replacement
    from kinkster.models as m
    left join kinkster.models as o on o.model = m.same_as
    where m.covers <> 'itself'
      and pg_catalog.starts_with(p_name, m.model)
      and (m.covers = 'all' or pg_catalog.substr(p_name, pg_catalog.length(m.model) + 1) ~ '^-\d{4}-\d{2}-\d{2}$')
    order by pg_catalog.length(m.model) desc
    limit 1;
  end if;
end
$$;

comment on function kinkster.find_model(text) is
  'The model that a name is one of, by its row in kinkster.models or else the longest that covers it, with its end and what replaces it then; nulls for a name that the registry does not know.';

revoke execute on function kinkster.find_model(text) from public, anon, authenticated, service_role;
grant execute on function kinkster.find_model(text) to authenticated, service_role;
