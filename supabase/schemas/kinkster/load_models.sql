-- Brings the list of models into the tables. What an operator added or made their own (listed is false) stays, and
-- models that the list no longer has stay known, as turns were answered by them.
create or replace function kinkster.load_models()
  returns bigint
  language plpgsql
  volatile
  security invoker
  set search_path = ''
as $$
declare
  v_list jsonb := kinkster.model_list();
  v_names bigint;
begin
  insert into kinkster.models as m (model, provider, same_as, covers, shutdown_on, replacement, listed)
  select l.model, l.provider, l.same_as, coalesce(l.covers, 'itself'), l.shutdown_on, l.replacement, true
  from pg_catalog.jsonb_to_recordset(v_list) as l (
    model text, provider text, same_as text, covers text, shutdown_on date, replacement text
  )
  on conflict (model) do update
  set
    provider = excluded.provider,
    same_as = excluded.same_as,
    covers = excluded.covers,
    shutdown_on = excluded.shutdown_on,
    replacement = excluded.replacement
  where m.listed;

  delete from kinkster.model_prices as p
  using pg_catalog.jsonb_to_recordset(v_list) as l (model text)
  where p.model = l.model and p.listed;
  insert into kinkster.model_prices (
    model, listed, starts_on, over_input_tokens, input_usd, cached_input_usd, cache_write_usd, output_usd
  )
  select
    l.model,
    true,
    coalesce(p.since, '-infinity'),
    coalesce(p."over", 0),
    p.input,
    p.cached_input,
    p.cache_write,
    p.output
  from pg_catalog.jsonb_to_recordset(v_list) as l (model text, prices jsonb)
  cross join lateral pg_catalog.jsonb_to_recordset(l.prices) as p (
    since date, "over" bigint, input numeric, cached_input numeric, cache_write numeric, output numeric
  );

  select count(*) into v_names from kinkster.models as m where m.listed;
  return v_names;
end
$$;

comment on function kinkster.load_models() is
  'Loads kinkster.model_list() into models and model_prices and returns how many names the list has given; what an operator added or changed with listed = false stays. The list runs it whenever a migration brings a new one.';

revoke execute on function kinkster.load_models() from public, anon, authenticated, service_role;
