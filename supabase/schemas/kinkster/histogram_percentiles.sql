-- Reads percentiles out of a histogram. A bucket is 10 % wide and answers with its middle, so a time is right within 5 %.
-- How many times lie in the lowest buckets is the sum of groups of twelve digits, and that is the remainder of dividing by
-- twelve nines, as the sum of a number's digits is by nine: no loop over the buckets, of which a month's figures have many.
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
  c_nines constant numeric := '999999999999'::numeric;
  v_digits text := p_histogram::text;
  v_low integer := (pg_catalog.length(v_digits) - pg_catalog.length(pg_catalog.rtrim(v_digits, '0'))) / c_digits;
  v_high integer;
  v_middle integer;
  v_turns numeric := p_histogram % c_nines;
  v_fraction double precision;
  v_wanted numeric;
  v_times integer[];
begin
  if v_turns is null or v_turns = 0 then
    return null;
  end if;
  foreach v_fraction in array p_fractions loop
    v_wanted := v_fraction::numeric * v_turns;
    v_high := (pg_catalog.length(v_digits) - 1) / c_digits;
    while v_low < v_high loop
      v_middle := (v_low + v_high) / 2;
      if pg_catalog.right(v_digits, c_digits * (v_middle + 1))::numeric % c_nines < v_wanted then
        v_low := v_middle + 1;
      else
        v_high := v_middle;
      end if;
    end loop;
    v_times := v_times || pg_catalog.round(pg_catalog.power(1.1::double precision, v_low + 0.5))::integer;
  end loop;
  return v_times;
end
$$;

comment on function kinkster.histogram_percentiles(numeric, double precision[]) is
  'For each fraction, in ascending order between 0 and 1, the time in milliseconds, within 5 %, that so many of a histogram''s times do not exceed (as percentile_disc). Null for a histogram of nothing.';

revoke execute on function kinkster.histogram_percentiles(numeric, double precision[])
  from public, anon, authenticated, service_role;
grant execute on function kinkster.histogram_percentiles(numeric, double precision[]) to authenticated, service_role;
