-- The figures of a rollout's characters at one provider, in a span of time: what they were before, and are now.
create or replace function kinkster.rollout_figures(
  p_rollout kinkster.rollouts,
  p_provider text,
  p_since timestamptz,
  p_until timestamptz
)
  returns jsonb
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
begin
  return (
    select jsonb_build_object(
      'provider', p_provider,
      'since', (p_since at time zone 'UTC')::date,
      'until', (p_until at time zone 'UTC')::date,
      'turns', s.turns,
      'completed', s.completed,
      'errors', s.errors,
      'error_rate', round(s.errors / nullif(s.completed + s.errors, 0), 4),
      'first_text_p50_ms', first_text.times[1],
      'first_text_p95_ms', first_text.times[2],
      'duration_p50_ms', duration.times[1],
      'duration_p95_ms', duration.times[2],
      'characters_per_second', round(1000 * s.streamed_characters / nullif(s.streamed_ms, 0), 1),
      'cost_per_message_usd', case
        when hosting.usd is null then s.cost_usd / nullif(s.priced, 0)
        else hosting.usd + coalesce(s.cost_usd / nullif(s.priced, 0), 0)
      end,
      'cost_unknown', s.cost_unknown,
      'rated_good', s.rated_good,
      'rated_bad', s.rated_bad,
      'good_share', round(s.rated_good / nullif(s.rated_good + s.rated_bad, 0), 4)
    )
    from (
      select
        coalesce(sum(h.turns), 0) as turns,
        coalesce(sum(h.completed), 0) as completed,
        coalesce(sum(h.failed) - sum(h.failed_by_us), 0) as errors,
        sum(h.streamed_characters) as streamed_characters,
        sum(h.streamed_ms) as streamed_ms,
        case when sum(h.cost_known) > 0 then sum(h.cost_usd) end as cost_usd,
        sum(h.priced) as priced,
        coalesce(sum(h.cost_unknown), 0) as cost_unknown,
        coalesce(sum(h.rated_good), 0) as rated_good,
        coalesce(sum(h.rated_bad), 0) as rated_bad,
        sum(h.first_text_times) as first_text_times,
        sum(h.duration_times) as duration_times
      from kinkster.rollout_kinksters as m
      join kinkster.turn_sums as h on h.kinkster_id = m.kinkster_id
      where m.rollout_id = p_rollout.id
        and m.stage <= p_rollout.stage
        and h.provider = p_provider
        and h.day between (p_since at time zone 'UTC')::date and (p_until at time zone 'UTC')::date
    ) as s
    cross join (
      select sum(f.usd) / sum(f.messages) as usd
      from kinkster.flowise_hosting as f
      where p_provider = 'flowise'
        and f.month between date_trunc('month', p_since at time zone 'UTC') and p_until at time zone 'UTC'
    ) as hosting
    cross join lateral (select kinkster.histogram_percentiles(s.first_text_times, array[0.5, 0.95]) as times offset 0) as first_text
    cross join lateral (select kinkster.histogram_percentiles(s.duration_times, array[0.5, 0.95]) as times offset 0) as duration
  );
end
$$;

comment on function kinkster.rollout_figures(kinkster.rollouts, text, timestamptz, timestamptz) is
  'Figures of the characters that a rollout has reached, at one provider, from the day of p_since to that of p_until (UTC); what is not known is null.';

revoke execute on function kinkster.rollout_figures(kinkster.rollouts, text, timestamptz, timestamptz)
  from public, anon, authenticated, service_role;
