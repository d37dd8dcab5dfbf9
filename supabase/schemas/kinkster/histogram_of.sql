-- A histogram as one number, so that adding histograms is adding numbers, which sum() does quickly and exactly: twelve
-- decimal digits for each bucket, the shortest times in the lowest. A bucket reaches from 1.1^n to 1.1^(n+1) milliseconds.
create or replace function kinkster.histogram_of(p_ms bigint)
  returns numeric
  language plpgsql
  immutable
  parallel safe
  security invoker
  set search_path = ''
as $$
declare
  c_last constant integer := 180;  -- from eight hours on
begin
  if p_ms is null then
    return null;
  end if;
  return ('1e' || 12 * least(pg_catalog.floor(pg_catalog.ln(greatest(p_ms, 1)) / pg_catalog.ln(1.1::double precision))::integer, c_last))::numeric;
end
$$;

comment on function kinkster.histogram_of(bigint) is
  'One time in milliseconds as a histogram for kinkster.histogram_percentiles; null for null. Histograms are added with + and sum().';

revoke execute on function kinkster.histogram_of(bigint) from public, anon, authenticated, service_role;
grant execute on function kinkster.histogram_of(bigint) to authenticated, service_role;
