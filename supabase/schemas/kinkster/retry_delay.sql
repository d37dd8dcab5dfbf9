-- The retry policy. What may pass is tried again, later each time and not by all at once; what a repeat will not change,
-- and what would have to wait longer than anybody waits for a reply, is not.
create or replace function kinkster.retry_delay(p_error_code text, p_attempt integer, p_retry_after_seconds double precision)
  returns interval
  language plpgsql
  volatile
  parallel safe
  security invoker
  set search_path = ''
as $$
declare
  c_passing constant text[] := array[
    'provider_unreachable', 'provider_unavailable', 'provider_rate_limited', 'provider_timeout',
    'provider_misbehaved', 'provider_error', 'reply_cut_off', 'reply_empty', 'database_lost'
  ];
  c_longest constant double precision := 300.0::double precision;
begin
  if not coalesce(p_error_code = any(c_passing), false) or p_retry_after_seconds > c_longest then
    return null;
  end if;
  return pg_catalog.make_interval(secs =>
    coalesce(p_retry_after_seconds, 0) + 2 ^ least(p_attempt - 1, 8) * (0.5 + pg_catalog.random())
  );
end
$$;

comment on function kinkster.retry_delay(text, integer, double precision) is
  'How long to wait before attempt p_attempt + 1 after this error: Retry-After, if given, plus 1 s doubled with each attempt and spread by half; null when it is not to be repeated.';

revoke execute on function kinkster.retry_delay(text, integer, double precision)
  from public, anon, authenticated, service_role;
