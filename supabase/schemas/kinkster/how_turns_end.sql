-- What came of a provider's latest turns: of the last day, at most 10,000.
create or replace function kinkster.how_turns_end(p_provider text, out state text, out said text, out todo text)
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  c_some constant integer := 3;
  v_now timestamptz := kinkster.now();
  v_kinkster_id uuid;
  v_completed bigint;
  v_failed bigint;
  v_error text;
begin
  select
    count(*) filter (where t.status = 'completed'),
    count(*) filter (where t.status = 'failed'),
    (pg_catalog.array_agg(t.error_code || ': ' || t.error_message || ' ' || t.error_hint order by t.created_at desc)
      filter (where t.status = 'failed'))[1]
  into v_completed, v_failed, v_error
  from (
    select t.provider, t.status, t.created_at, t.error_code, t.error_message, t.error_hint
    from public.kinkster_turns as t
    where t.created_at > v_now - interval '1 day'
    order by t.created_at desc
    limit 10000
  ) as t
  where t.provider = p_provider;
  said := pg_catalog.format('Turns of the last 24 hours: %s completed, %s failed.', v_completed, v_failed)
    || coalesce(' The last failure: ' || v_error, '');
  if v_failed >= c_some and v_failed > v_completed then
    state := 'problem';
    todo := 'See the failures: select error_code, error_hint, count(*) from kinkster_turns where status = ''failed'' group by 1, 2;';
  elsif v_failed >= c_some and v_failed * 20 > v_completed then
    state := 'warning';
    todo := 'More than one in twenty fails: select error_code, error_hint, count(*) from kinkster_turns where status = ''failed'' group by 1, 2;';
  elsif v_completed > 0 then
    state := 'ok';
  else
    select k.id into v_kinkster_id
    from public.kinksters as k
    where k.provider = p_provider and k.is_active is not false
    order by k.is_system_kinkster desc, k.id
    limit 1;
    state := case when v_kinkster_id is null then 'ok' else 'unknown' end;
    if v_kinkster_id is null then
      said := pg_catalog.format('No character is answered by %s.', p_provider);
    else
      todo := pg_catalog.format('Try one, signed in: select send_kinkster_message(''%s'', ''Hello.'');', v_kinkster_id);
    end if;
  end if;
end
$$;

comment on function kinkster.how_turns_end(text) is
  'How turns of a provider ended in the last 24 hours: ok, a warning when more than one in twenty fails, a problem when most fail (three at least), unknown when none was completed.';

revoke execute on function kinkster.how_turns_end(text) from public, anon, authenticated, service_role;
