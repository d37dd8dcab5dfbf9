-- What the end of an attempt says about its provider. Writes nothing while all is well, so that turns do not queue for a
-- row. A user can make a provider fail for themselves, with a broken chatflow of their own; so, unless it can't be reached
-- at all, only failures of different users in turn say that it is down.
create or replace function kinkster.note_provider(p_provider text, p_user_id uuid, p_error_code text)
  returns void
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
declare
  c_down constant text[] := array[
    'provider_unreachable', 'provider_unavailable', 'provider_timeout', 'provider_misbehaved'
  ];
  c_failures constant integer := 5;
  c_open constant interval := interval '30 seconds';
begin
  if p_error_code = any(c_down) then
    update kinkster.breakers as b
    set
      failures = b.failures + 1,
      failed_user_id = p_user_id,
      open_until = case when b.failures + 1 >= c_failures then kinkster.now() + c_open end
    where b.provider = p_provider
      and (b.failed_user_id is distinct from p_user_id or p_error_code = 'provider_unreachable' or b.open_until is not null);
  elsif p_error_code is null and exists (
    select from kinkster.breakers as b where b.provider = p_provider and (b.failures > 0 or b.open_until is not null)
  ) then
    update kinkster.breakers as b
    set failures = 0, open_until = null, failed_user_id = null
    where b.provider = p_provider;
  end if;
end
$$;

comment on function kinkster.note_provider(text, uuid, text) is
  'Counts a failure of a provider that a user''s turn met (five in a row open its breaker for 30 seconds), or closes it after a whole reply (null). Other codes say nothing about the provider.';

revoke execute on function kinkster.note_provider(text, uuid, text) from public, anon, authenticated, service_role;
