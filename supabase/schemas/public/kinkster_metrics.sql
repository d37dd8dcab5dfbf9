-- What a user's own turns say, for a page about one's characters: read from the turns themselves, under row security.
create or replace view public.kinkster_metrics
  with (security_invoker = true)
as
select -- noqa: ST06
  g.day,
  g.kinkster_id,
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
  g.first_text[1] as first_text_p50_ms,
  g.first_text[2] as first_text_p95_ms,
  g.first_text[3] as first_text_p99_ms,
  g.duration[1] as duration_p50_ms,
  g.duration[2] as duration_p95_ms,
  g.duration[3] as duration_p99_ms,
  round(1000 * g.streamed_characters / nullif(g.streamed_ms, 0), 1) as characters_per_second,
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
  g.cost_usd / nullif(g.priced, 0) as cost_per_message_usd,
  g.rated_good,
  g.rated_bad
from (
  select
    m.kinkster_id,
    m.provider,
    m.model,
    (m.created_at at time zone 'UTC')::date as day,
    sum(m.turns) as turns,
    sum(m.in_flight) as in_flight,
    sum(m.completed) as completed,
    sum(m.cancelled) as cancelled,
    sum(m.failed) as failed,
    sum(m.failed_unavailable) as failed_unavailable,
    sum(m.failed_limited) as failed_limited,
    sum(m.failed_rejected) as failed_rejected,
    sum(m.failed_misbehaved) as failed_misbehaved,
    sum(m.failed_by_model) as failed_by_model,
    sum(m.failed_by_us) as failed_by_us,
    sum(m.chained) as chained,
    sum(m.rebuilt) as rebuilt,
    sum(m.rebuilt_provider_changed) as rebuilt_provider_changed,
    sum(m.rebuilt_limits_changed) as rebuilt_limits_changed,
    sum(m.rebuilt_unfinished) as rebuilt_unfinished,
    sum(m.rebuilt_branched) as rebuilt_branched,
    sum(m.rebuilt_stateless) as rebuilt_stateless,
    sum(m.rebuilt_forgotten) as rebuilt_forgotten,
    case when sum(m.tokens_known) > 0 then sum(m.input_tokens) end as input_tokens,
    case when sum(m.tokens_known) > 0 then sum(m.cached_tokens) end as cached_tokens,
    case when sum(m.tokens_known) > 0 then sum(m.cache_write_tokens) end as cache_write_tokens,
    case when sum(m.tokens_known) > 0 then sum(m.output_tokens) end as output_tokens,
    case when sum(m.tokens_known) > 0 then sum(m.reasoning_tokens) end as reasoning_tokens,
    sum(m.streamed_characters) as streamed_characters,
    sum(m.streamed_ms) as streamed_ms,
    case when sum(m.cost_known) > 0 then sum(m.cost_usd) end as cost_usd,
    sum(m.priced) as priced,
    sum(m.cost_unknown) as cost_unknown,
    sum(m.rated_good) as rated_good,
    sum(m.rated_bad) as rated_bad,
    kinkster.histogram_percentiles(sum(m.first_text_times), array[0.5, 0.95, 0.99]) as first_text,
    kinkster.histogram_percentiles(sum(m.duration_times), array[0.5, 0.95, 0.99]) as duration
  from kinkster.measured_turns as m
  group by m.kinkster_id, m.provider, m.model, (m.created_at at time zone 'UTC')::date
) as g;

comment on view public.kinkster_metrics is
  'Figures of the caller''s own turns by day (UTC), character, provider and model.';
comment on column public.kinkster_metrics.day is 'Day (UTC) on which the messages were stored.';
comment on column public.kinkster_metrics.kinkster_id is 'The character.';
comment on column public.kinkster_metrics.provider is 'Who was asked, or could not be since it was down; null: nobody, as with a safeword.';
comment on column public.kinkster_metrics.model is 'Model that was asked, as far as it is known.';
comment on column public.kinkster_metrics.turns is 'Turns.';
comment on column public.kinkster_metrics.in_flight is 'Those that wait or stream.';
comment on column public.kinkster_metrics.completed is 'Those with a whole reply.';
comment on column public.kinkster_metrics.cancelled is 'Those that were cancelled: by the user, a safeword, a pause, or a client that left.';
comment on column public.kinkster_metrics.failed is 'Those that failed, of any class.';
comment on column public.kinkster_metrics.failed_unavailable is 'Failed: the provider could not be reached, answered with a 5xx, or not in time.';
comment on column public.kinkster_metrics.failed_limited is 'Failed: a rate limit or a quota of the provider.';
comment on column public.kinkster_metrics.failed_rejected is 'Failed: the provider refused the key or the request, or is not set up.';
comment on column public.kinkster_metrics.failed_misbehaved is 'Failed: what came was no reply, was empty, was cut off, or ended in an error.';
comment on column public.kinkster_metrics.failed_by_model is 'Failed: the model declined, was filtered, or ran into a limit of length.';
comment on column public.kinkster_metrics.failed_by_us is 'Failed: not by the provider''s doing.';
comment on column public.kinkster_metrics.error_rate is 'Share of the provider''s faults (all classes but failed_by_us) in those and the whole replies; null without any.';
comment on column public.kinkster_metrics.first_text_p50_ms is 'Milliseconds from asking to the first text of whole replies: half of them took at most so long. Within 5 %.';
comment on column public.kinkster_metrics.first_text_p95_ms is 'The same for 95 of 100.';
comment on column public.kinkster_metrics.first_text_p99_ms is 'The same for 99 of 100.';
comment on column public.kinkster_metrics.duration_p50_ms is 'Milliseconds from asking to the end of whole replies: half of them took at most so long. Within 5 %.';
comment on column public.kinkster_metrics.duration_p95_ms is 'The same for 95 of 100.';
comment on column public.kinkster_metrics.duration_p99_ms is 'The same for 99 of 100.';
comment on column public.kinkster_metrics.characters_per_second is 'Characters a second between first text and end, of replies that took 100 ms or more for it.';
comment on column public.kinkster_metrics.chained is 'Continuity: the provider remembered.';
comment on column public.kinkster_metrics.rebuilt is 'Continuity: the context was sent from the transcript.';
comment on column public.kinkster_metrics.rebuilt_provider_changed is 'Rebuilt, since the provider had changed.';
comment on column public.kinkster_metrics.rebuilt_limits_changed is 'Rebuilt, since the hard limits had changed.';
comment on column public.kinkster_metrics.rebuilt_unfinished is 'Rebuilt, since the turn before had no whole reply of a provider.';
comment on column public.kinkster_metrics.rebuilt_branched is 'Rebuilt, since another turn had gone on with the session.';
comment on column public.kinkster_metrics.rebuilt_stateless is 'Rebuilt, since the server keeps no replies.';
comment on column public.kinkster_metrics.rebuilt_forgotten is 'Rebuilt, since the provider no longer knew the reply before.';
comment on column public.kinkster_metrics.input_tokens is 'Tokens sent; null when no provider said.';
comment on column public.kinkster_metrics.cached_tokens is 'Those of them read from a provider''s cache.';
comment on column public.kinkster_metrics.cache_write_tokens is 'Those of them written to a provider''s cache.';
comment on column public.kinkster_metrics.output_tokens is 'Tokens received, reasoning included.';
comment on column public.kinkster_metrics.reasoning_tokens is 'Those of them spent on reasoning.';
comment on column public.kinkster_metrics.cost_usd is 'What is known of their cost in US dollars; null when nothing is.';
comment on column public.kinkster_metrics.cost_unknown is 'Turns that asked a provider and whose cost is not known.';
comment on column public.kinkster_metrics.cost_per_message_usd is 'US dollars a whole reply whose cost is known; failed attempts included. Null when nothing is known; see cost_unknown.';
comment on column public.kinkster_metrics.rated_good is 'Replies rated good.';
comment on column public.kinkster_metrics.rated_bad is 'Replies rated bad.';

revoke all on public.kinkster_metrics from public, anon, authenticated, service_role;
grant select on public.kinkster_metrics to authenticated, service_role;
