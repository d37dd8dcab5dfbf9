-- A cost that is not known is counted as such, and never as nothing.
create or replace function kinkster.doctor_costs(out state text, out said text, out todo text)
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  v_figures jsonb := kinkster.turn_figures('openai_responses', kinkster.now() - interval '30 days');
  v_turns bigint := (v_figures ->> 'turns')::bigint;
  v_unknown bigint := (v_figures ->> 'cost_unknown')::bigint;
begin
  -- A few failed turns never cost anything that anybody knows.
  state := case when v_unknown * 20 > v_turns then 'warning' else 'ok' end;
  said := pg_catalog.format(
    'Turns of the Responses API in the last 30 days: %s, for %s USD as far as is known; not known: %s.', v_turns,
    coalesce(pg_catalog.round((v_figures ->> 'cost_usd')::numeric, 4)::text, '0'), v_unknown
  );
  if state = 'warning' then
    todo := 'See which: select model, error_code, count(*) from kinkster_turns where provider is not null and cost_usd is null group by 1, 2;'
      ' after adding prices: select kinkster.price_turns();';
  end if;
end
$$;

comment on function kinkster.doctor_costs() is 'Whether the costs of replies of the last 30 days are known.';

revoke execute on function kinkster.doctor_costs() from public, anon, authenticated, service_role;
