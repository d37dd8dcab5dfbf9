-- The operator's figures by day, character, provider and model. A condition on any of these reaches the roll-ups' index.
create or replace view kinkster.daily_turns
  with (security_invoker = true)
as
select
  g.kinkster_id,
  g.day,
  g.provider,
  g.model,
  g.turns,
  g.in_flight,
  g.completed,
  g.cancelled,
  g.failed,
  g.failed_unavailable,
  g.failed_limited,
  g.failed_rejected,
  g.failed_misbehaved,
  g.failed_by_model,
  g.failed_by_us,
  round((g.failed - g.failed_by_us) / nullif(g.completed + g.failed - g.failed_by_us, 0), 4) as error_rate,
  first_text.times[1] as first_text_p50_ms,
  first_text.times[2] as first_text_p95_ms,
  first_text.times[3] as first_text_p99_ms,
  duration.times[1] as duration_p50_ms,
  duration.times[2] as duration_p95_ms,
  duration.times[3] as duration_p99_ms,
  round(1000 * g.streamed_characters / g.streamed_ms, 1) as characters_per_second,
  g.chained,
  g.rebuilt,
  g.rebuilt_provider_changed,
  g.rebuilt_limits_changed,
  g.rebuilt_unfinished,
  g.rebuilt_branched,
  g.rebuilt_stateless,
  g.rebuilt_forgotten,
  g.input_tokens,
  g.cached_tokens,
  g.cache_write_tokens,
  g.output_tokens,
  g.reasoning_tokens,
  g.cost_usd,
  g.cost_unknown,
  case when g.provider = 'flowise' then g.completed * hosting.usd_per_message end as hosting_usd,
  nullif(
    coalesce(g.cost_usd / nullif(g.priced, 0), 0)
    + coalesce(case when g.provider = 'flowise' then hosting.usd_per_message end, 0),
    0
  ) as cost_per_message_usd,
  g.rated_good,
  g.rated_bad
from (
  select
    h.kinkster_id,
    h.day,
    h.provider,
    h.model,
    sum(h.turns) as turns,
    sum(h.in_flight) as in_flight,
    sum(h.completed) as completed,
    sum(h.cancelled) as cancelled,
    sum(h.failed) as failed,
    sum(h.failed_unavailable) as failed_unavailable,
    sum(h.failed_limited) as failed_limited,
    sum(h.failed_rejected) as failed_rejected,
    sum(h.failed_misbehaved) as failed_misbehaved,
    sum(h.failed_by_model) as failed_by_model,
    sum(h.failed_by_us) as failed_by_us,
    sum(h.chained) as chained,
    sum(h.rebuilt) as rebuilt,
    sum(h.rebuilt_provider_changed) as rebuilt_provider_changed,
    sum(h.rebuilt_limits_changed) as rebuilt_limits_changed,
    sum(h.rebuilt_unfinished) as rebuilt_unfinished,
    sum(h.rebuilt_branched) as rebuilt_branched,
    sum(h.rebuilt_stateless) as rebuilt_stateless,
    sum(h.rebuilt_forgotten) as rebuilt_forgotten,
    sum(h.input_tokens) as input_tokens,
    sum(h.cached_tokens) as cached_tokens,
    sum(h.cache_write_tokens) as cache_write_tokens,
    sum(h.output_tokens) as output_tokens,
    sum(h.reasoning_tokens) as reasoning_tokens,
    sum(h.streamed_characters) as streamed_characters,
    sum(h.streamed_ms) as streamed_ms,
    sum(h.cost_usd) as cost_usd,
    sum(h.priced) as priced,
    sum(h.cost_unknown) as cost_unknown,
    sum(h.rated_good) as rated_good,
    sum(h.rated_bad) as rated_bad,
    sum(h.first_text_times) as first_text_times,
    sum(h.duration_times) as duration_times
  from kinkster.turn_hours as h
  group by h.kinkster_id, h.day, h.provider, h.model
) as g
left join kinkster.flowise_hosting as hosting
  on g.provider = 'flowise' and hosting.month = pg_catalog.date_trunc('month', g.day)::date
cross join lateral (select kinkster.histogram_percentiles(g.first_text_times, array[0.5, 0.95, 0.99]) as times offset 0) as first_text
cross join lateral (select kinkster.histogram_percentiles(g.duration_times, array[0.5, 0.95, 0.99]) as times offset 0) as duration;

comment on view kinkster.daily_turns is
  'Figures by day, character, provider and model, and of all characters together where kinkster_id is null: read them through kinkster.character_metrics and kinkster.provider_metrics, which are told apart.';

revoke all on kinkster.daily_turns from public, anon, authenticated, service_role;
grant select on kinkster.daily_turns to service_role;
