-- Reads percentiles out of a histogram. A bucket is 10 % wide and answers with its middle, so a time is right within 5 %.
create or replace function kinkster.histogram_percentiles(p_histogram numeric, p_fractions double precision[])
  returns integer[]
  language plpgsql
  immutable
  parallel safe
  security invoker
  set search_path = ''
as $$
declare
  c_digits constant integer := 12;
  v_digits text := p_histogram::text;
  v_length integer := pg_catalog.length(v_digits);
  v_bucket integer := (v_length - pg_catalog.length(pg_catalog.rtrim(v_digits, '0'))) / c_digits;
  v_first integer := v_bucket;
  v_sum bigint := 0;
  v_sums bigint[];
  v_times integer[];
  v_fraction double precision;
begin
  if p_histogram is null or p_histogram = 0 then
    return null;
  end if;
  while v_bucket * c_digits < v_length loop
    v_sum := v_sum + pg_catalog.right(pg_catalog.left(v_digits, v_length - v_bucket * c_digits), c_digits)::bigint;
    v_sums := v_sums || v_sum;
    v_bucket := v_bucket + 1;
  end loop;
  foreach v_fraction in array p_fractions loop
    v_bucket := v_first;
    while v_sums[v_bucket - v_first + 1] < v_fraction * v_sum loop
      v_bucket := v_bucket + 1;
    end loop;
    v_times := v_times || pg_catalog.round(pg_catalog.power(1.1::double precision, v_bucket + 0.5))::integer;
  end loop;
  return v_times;
end
$$;

comment on function kinkster.histogram_percentiles(numeric, double precision[]) is
  'For each fraction between 0 and 1 the time in milliseconds, within 5 %, that so many of a histogram''s times do not exceed (as percentile_disc). Null for a histogram of nothing.';

revoke execute on function kinkster.histogram_percentiles(numeric, double precision[]) from public, anon, authenticated, service_role;
grant execute on function kinkster.histogram_percentiles(numeric, double precision[]) to authenticated, service_role;
