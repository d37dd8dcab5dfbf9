-- Without a price the cost of a reply is not known.
create or replace function kinkster.doctor_model_prices(out state text, out said text, out todo text)
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  v_unpriced text;
begin
  select pg_catalog.string_agg(m.model, ', ') into v_unpriced
  from kinkster.chosen_models() as m
  where kinkster.cost_of(kinkster.model_in_force(m.model, kinkster.now()), kinkster.now(), 1, 0, 0, 1) is null;
  state := case when v_unpriced is null then 'ok' else 'warning' end;
  said := coalesce('Models without a price: ' || v_unpriced || '.', 'Every model that characters ask for has a price.');
  if v_unpriced is not null then
    todo := 'If the name is right, add it: insert into kinkster.models (model, provider) …, insert into kinkster.model_prices …';
  end if;
end
$$;

comment on function kinkster.doctor_model_prices() is 'Whether the models that characters ask for are known and have a price today.';

revoke execute on function kinkster.doctor_model_prices() from public, anon, authenticated, service_role;
