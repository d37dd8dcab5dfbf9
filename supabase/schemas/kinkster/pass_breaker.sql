-- Whether a turn may be sent to a provider now. When its breaker has been open long enough, the one that asks first tries
-- it for all, and the others wait for what it finds. Security definer: workers have no table rights.
create or replace function kinkster.pass_breaker(p_provider text)
  returns timestamptz
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
declare
  c_probe constant interval := interval '30 seconds';
  v_now timestamptz := kinkster.now();
  v_open_until timestamptz;
begin
  select b.open_until into v_open_until from kinkster.breakers as b where b.provider = p_provider;
  if v_open_until <= v_now then
    update kinkster.breakers as b
    set open_until = v_now + c_probe
    where b.provider = p_provider and b.open_until <= v_now;
    if found then
      return null;
    end if;
    select b.open_until into v_open_until from kinkster.breakers as b where b.provider = p_provider;
  end if;
  return v_open_until;
end
$$;

comment on function kinkster.pass_breaker(text) is
  'Null when a turn may be sent to the provider now; otherwise the time at which to ask again.';

revoke execute on function kinkster.pass_breaker(text) from public, anon, authenticated, service_role;
