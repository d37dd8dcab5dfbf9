-- One provider's figures with what a fair comparison needs besides: how many turns and ratings are behind them, how sure the
-- median is, and whether all of its cost is known.
create or replace function kinkster.report_figures(p_provider text, p_since timestamptz)
  returns jsonb
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  c_z constant double precision := 1.959963984540054::double precision;
  c_nearly_all constant numeric := 0.9;
  v_figures jsonb := kinkster.turn_figures(p_provider, p_since);
  v_sums record;
  v_half double precision;
  v_range integer[];
  v_knows_tokens boolean;
begin
  select coalesce(sum(s.completed), 0) as completed, coalesce(sum(s.priced), 0) as priced, sum(s.first_text_times) as times
  into v_sums
  from kinkster.turn_sums as s
  where s.kinkster_id is null
    and s.provider = p_provider
    and s.day >= (p_since at time zone 'UTC')::date;
  -- Between the times at these two places in the order lies the median of all turns that might have been, with 95 % confidence.
  v_half := least(c_z * 0.5 / pg_catalog.sqrt(nullif(v_sums.completed, 0)::double precision), 0.5);
  v_range := kinkster.histogram_percentiles(v_sums.times, array[0.5 - v_half, 0.5 + v_half]);
  v_knows_tokens := v_sums.priced > 0 and v_sums.priced >= c_nearly_all * v_sums.completed;
  return v_figures || pg_catalog.jsonb_build_object(
    'measured', (v_figures ->> 'completed')::bigint + (v_figures ->> 'errors')::bigint,
    'ratings', (v_figures ->> 'rated_good')::bigint + (v_figures ->> 'rated_bad')::bigint,
    'first_text_p50_range_ms', v_range,
    'cost_is_whole', v_knows_tokens and (p_provider <> 'flowise' or v_figures ->> 'hosting_per_message_usd' is not null)
  );
end
$$;

comment on function kinkster.report_figures(text, timestamptz) is
  'kinkster.turn_figures with measured (whole replies and the provider''s errors), ratings, first_text_p50_range_ms (between which two times the median lies with 95 % confidence), and cost_is_whole: whether the cost of nine in ten replies is known, and, of Flowise, that of its hosting. Otherwise cost_per_message_usd is the part that is known.';

revoke execute on function kinkster.report_figures(text, timestamptz) from public, anon, authenticated, service_role;
