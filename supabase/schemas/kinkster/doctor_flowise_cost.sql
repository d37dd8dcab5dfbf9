-- Flowise has no price for a message: what it costs is its hosting.
create or replace function kinkster.doctor_flowise_cost(out state text, out said text, out todo text)
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  v_cost numeric;
  v_has_flowise boolean := exists (select from public.kinksters as k where k.provider = 'flowise');
begin
  select s.flowise_monthly_cost_usd into v_cost from kinkster.settings as s;
  state := case when v_cost is null and v_has_flowise then 'warning' else 'ok' end;
  said := case
    when v_cost is not null then pg_catalog.format('Flowise costs %s USD a month.', v_cost)
    when v_has_flowise then 'It is not known what Flowise costs a month, so the costs of the providers can''t be compared.'
    else 'No character is answered by Flowise.'
  end;
  if state = 'warning' then
    todo := 'Run: update kinkster.settings set flowise_monthly_cost_usd = …;';
  end if;
end
$$;

comment on function kinkster.doctor_flowise_cost() is 'Whether it is known what running Flowise costs.';

revoke execute on function kinkster.doctor_flowise_cost() from public, anon, authenticated, service_role;
