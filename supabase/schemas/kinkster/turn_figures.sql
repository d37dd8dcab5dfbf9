-- One provider's figures since a time, for whoever compares two of them.
create or replace function kinkster.turn_figures(p_provider text, p_since timestamptz)
  returns jsonb
  language plpgsql
  stable
  security definer
  set search_path = ''
as $$
declare
  v_sums record;
  v_first_text integer[];
  v_duration integer[];
  v_errors numeric;
  v_hosting numeric;
begin
  select
    coalesce(sum(h.turns), 0) as turns,
    coalesce(sum(h.completed), 0) as completed,
    coalesce(sum(h.cancelled), 0) as cancelled,
    coalesce(sum(h.failed), 0) as failed,
    coalesce(sum(h.failed_unavailable), 0) as failed_unavailable,
    coalesce(sum(h.failed_limited), 0) as failed_limited,
    coalesce(sum(h.failed_rejected), 0) as failed_rejected,
    coalesce(sum(h.failed_misbehaved), 0) as failed_misbehaved,
    coalesce(sum(h.failed_by_model), 0) as failed_by_model,
    coalesce(sum(h.failed_by_us), 0) as failed_by_us,
    coalesce(sum(h.chained), 0) as chained,
    coalesce(sum(h.rebuilt), 0) as rebuilt,
    sum(h.streamed_characters) as streamed_characters,
    sum(h.streamed_ms) as streamed_ms,
    case when sum(h.cost_known) > 0 then sum(h.cost_usd) end as cost_usd,
    sum(h.priced) as priced,
    coalesce(sum(h.cost_unknown), 0) as cost_unknown,
    coalesce(sum(h.rated_good), 0) as rated_good,
    coalesce(sum(h.rated_bad), 0) as rated_bad,
    sum(h.first_text_times) as first_text_times,
    sum(h.duration_times) as duration_times
  into v_sums
  from kinkster.turn_sums as h
  where h.kinkster_id is null
    and h.provider = p_provider
    and h.day >= (p_since at time zone 'UTC')::date;
  v_first_text := kinkster.histogram_percentiles(v_sums.first_text_times, array[0.5, 0.95, 0.99]);
  v_duration := kinkster.histogram_percentiles(v_sums.duration_times, array[0.5, 0.95, 0.99]);
  v_errors := v_sums.failed - v_sums.failed_by_us;
  if p_provider = 'flowise' then
    select sum(f.usd) / sum(f.messages) into v_hosting
    from kinkster.flowise_hosting as f
    where f.month >= pg_catalog.date_trunc('month', p_since at time zone 'UTC')::date;
  end if;
  return pg_catalog.jsonb_build_object(
    'provider', p_provider,
    'since', pg_catalog.date_trunc('day', p_since, 'UTC'),
    'turns', v_sums.turns,
    'completed', v_sums.completed,
    'cancelled', v_sums.cancelled,
    'failed', v_sums.failed,
    'failed_unavailable', v_sums.failed_unavailable,
    'failed_limited', v_sums.failed_limited,
    'failed_rejected', v_sums.failed_rejected,
    'failed_misbehaved', v_sums.failed_misbehaved,
    'failed_by_model', v_sums.failed_by_model,
    'failed_by_us', v_sums.failed_by_us,
    'errors', v_errors,
    'error_rate', pg_catalog.round(v_errors / nullif(v_sums.completed + v_errors, 0), 4)
  ) || pg_catalog.jsonb_build_object(
    'first_text_p50_ms', v_first_text[1],
    'first_text_p95_ms', v_first_text[2],
    'first_text_p99_ms', v_first_text[3],
    'duration_p50_ms', v_duration[1],
    'duration_p95_ms', v_duration[2],
    'duration_p99_ms', v_duration[3],
    'characters_per_second', pg_catalog.round(1000 * v_sums.streamed_characters / nullif(v_sums.streamed_ms, 0), 1),
    'chained', v_sums.chained,
    'rebuilt', v_sums.rebuilt,
    'cost_usd', v_sums.cost_usd,
    'cost_unknown', v_sums.cost_unknown,
    'hosting_per_message_usd', v_hosting,
    'cost_per_message_usd', case
      when v_hosting is null then v_sums.cost_usd / nullif(v_sums.priced, 0)
      else v_hosting + coalesce(v_sums.cost_usd / nullif(v_sums.priced, 0), 0)
    end,
    'rated_good', v_sums.rated_good,
    'rated_bad', v_sums.rated_bad,
    'good_share', pg_catalog.round(v_sums.rated_good::numeric / nullif(v_sums.rated_good + v_sums.rated_bad, 0), 4)
  );
end
$$;

comment on function kinkster.turn_figures(text, timestamptz) is
  'Figures of one provider over all users and characters, from the beginning of the day of p_since on (UTC): turns, completed, cancelled, failed and its classes, errors (failed but by us) and error_rate (errors in errors and whole replies), first text and duration at p50, p95, p99 in ms, characters_per_second, chained, rebuilt, cost_usd, cost_unknown (turns), hosting_per_message_usd (Flowise, of the months since then), cost_per_message_usd, rated_good, rated_bad, good_share. What is not known is null.';

revoke execute on function kinkster.turn_figures(text, timestamptz) from public, anon, authenticated, service_role;
grant execute on function kinkster.turn_figures(text, timestamptz) to service_role;
