-- A provider that failed five times in a row is left alone for half a minute at a time.
create or replace function kinkster.doctor_breakers(out state text, out said text, out todo text)
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  v_down text;
  v_failing text;
begin
  select
    pg_catalog.string_agg(b.provider, ', ' order by b.provider) filter (where b.open_until is not null),
    pg_catalog.string_agg(pg_catalog.format('%s (%s)', b.provider, b.failures), ', ' order by b.provider) filter (
      where b.open_until is null and b.failures > 0
    )
  into v_down, v_failing
  from kinkster.breakers as b;
  state := case when v_down is not null then 'problem' when v_failing is not null then 'warning' else 'ok' end;
  said := coalesce(
    nullif(pg_catalog.concat_ws(' ', 'Held to be down: ' || v_down || '.', 'Failures in a row: ' || v_failing || '.'), ''),
    'No provider is held to be down.'
  );
  if state = 'problem' then
    todo := 'See the checks of this provider and its own log. One turn tries it every 30 seconds, and a whole reply ends this.';
  elsif state = 'warning' then
    todo := 'Look again in a minute: a whole reply sets them to 0, and five open the breaker.';
  end if;
end
$$;

comment on function kinkster.doctor_breakers() is 'Whether a provider is held to be down.';

revoke execute on function kinkster.doctor_breakers() from public, anon, authenticated, service_role;
