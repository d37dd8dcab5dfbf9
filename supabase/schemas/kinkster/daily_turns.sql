-- The operator's figures by day, character, provider and model. A condition on any of these reaches the sums' index.
create or replace view kinkster.daily_turns
  with (security_invoker = true)
as
select -- noqa: ST06
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
  g.completed * hosting.usd_per_message as hosting_usd,
  case
    when hosting.usd_per_message is null then g.cost_usd / nullif(g.priced, 0)
    else hosting.usd_per_message + coalesce(g.cost_usd / nullif(g.priced, 0), 0)
  end as cost_per_message_usd,
  g.rated_good,
  g.rated_bad
from (
  select
    s.kinkster_id,
    s.day,
    s.provider,
    s.model,
    sum(s.turns) as turns,
    sum(s.in_flight) as in_flight,
    sum(s.completed) as completed,
    sum(s.cancelled) as cancelled,
    sum(s.failed) as failed,
    sum(s.failed_unavailable) as failed_unavailable,
    sum(s.failed_limited) as failed_limited,
    sum(s.failed_rejected) as failed_rejected,
    sum(s.failed_misbehaved) as failed_misbehaved,
    sum(s.failed_by_model) as failed_by_model,
    sum(s.failed_by_us) as failed_by_us,
    sum(s.chained) as chained,
    sum(s.rebuilt) as rebuilt,
    sum(s.rebuilt_provider_changed) as rebuilt_provider_changed,
    sum(s.rebuilt_limits_changed) as rebuilt_limits_changed,
    sum(s.rebuilt_unfinished) as rebuilt_unfinished,
    sum(s.rebuilt_branched) as rebuilt_branched,
    sum(s.rebuilt_stateless) as rebuilt_stateless,
    sum(s.rebuilt_forgotten) as rebuilt_forgotten,
    case when sum(s.tokens_known) > 0 then sum(s.input_tokens) end as input_tokens,
    case when sum(s.tokens_known) > 0 then sum(s.cached_tokens) end as cached_tokens,
    case when sum(s.tokens_known) > 0 then sum(s.cache_write_tokens) end as cache_write_tokens,
    case when sum(s.tokens_known) > 0 then sum(s.output_tokens) end as output_tokens,
    case when sum(s.tokens_known) > 0 then sum(s.reasoning_tokens) end as reasoning_tokens,
    sum(s.streamed_characters) as streamed_characters,
    sum(s.streamed_ms) as streamed_ms,
    case when sum(s.cost_known) > 0 then sum(s.cost_usd) end as cost_usd,
    sum(s.priced) as priced,
    sum(s.cost_unknown) as cost_unknown,
    sum(s.rated_good) as rated_good,
    sum(s.rated_bad) as rated_bad,
    kinkster.histogram_percentiles(sum(s.first_text_times), array[0.5, 0.95, 0.99]) as first_text,
    kinkster.histogram_percentiles(sum(s.duration_times), array[0.5, 0.95, 0.99]) as duration
  from kinkster.turn_sums as s
  group by s.kinkster_id, s.day, s.provider, s.model
  having sum(s.turns) > 0
) as g
left join kinkster.flowise_hosting as hosting
  on g.provider = 'flowise' and hosting.month = pg_catalog.date_trunc('month', g.day)::date;

comment on view kinkster.daily_turns is
  'Figures by day, character, provider and model, and of all characters together where kinkster_id is null: read them through kinkster.character_metrics and kinkster.provider_metrics, which are told apart.';
comment on column kinkster.daily_turns.kinkster_id is 'The character; null: all of them together.';
comment on column kinkster.daily_turns.day is 'Day (UTC) on which the messages were stored.';
comment on column kinkster.daily_turns.provider is 'Who was asked, or could not be since it was down; null: nobody, as with a safeword.';
comment on column kinkster.daily_turns.model is 'Model that was asked, as far as it is known.';
comment on column kinkster.daily_turns.turns is 'Turns.';
comment on column kinkster.daily_turns.in_flight is 'Those that wait or stream.';
comment on column kinkster.daily_turns.completed is 'Those with a whole reply.';
comment on column kinkster.daily_turns.cancelled is 'Those that were cancelled: by the user, a safeword, a pause, or a client that left.';
comment on column kinkster.daily_turns.failed is 'Those that failed, of any class.';
comment on column kinkster.daily_turns.failed_unavailable is 'Failed: the provider could not be reached, answered with a 5xx, or not in time.';
comment on column kinkster.daily_turns.failed_limited is 'Failed: a rate limit or a quota of the provider.';
comment on column kinkster.daily_turns.failed_rejected is 'Failed: the provider refused the key or the request, or is not set up.';
comment on column kinkster.daily_turns.failed_misbehaved is 'Failed: what came was no reply, was empty, was cut off, or ended in an error.';
comment on column kinkster.daily_turns.failed_by_model is 'Failed: the model declined, was filtered, or ran into a limit of length.';
comment on column kinkster.daily_turns.failed_by_us is 'Failed: not by the provider''s doing.';
comment on column kinkster.daily_turns.error_rate is 'Share of the provider''s faults (all classes but failed_by_us) in those and the whole replies; null without any.';
comment on column kinkster.daily_turns.first_text_p50_ms is 'Milliseconds from asking to the first text of whole replies: half of them took at most so long. Within 5 %.';
comment on column kinkster.daily_turns.first_text_p95_ms is 'The same for 95 of 100.';
comment on column kinkster.daily_turns.first_text_p99_ms is 'The same for 99 of 100.';
comment on column kinkster.daily_turns.duration_p50_ms is 'Milliseconds from asking to the end of whole replies: half of them took at most so long. Within 5 %.';
comment on column kinkster.daily_turns.duration_p95_ms is 'The same for 95 of 100.';
comment on column kinkster.daily_turns.duration_p99_ms is 'The same for 99 of 100.';
comment on column kinkster.daily_turns.characters_per_second is 'Characters a second between first text and end, of replies that took 100 ms or more for it.';
comment on column kinkster.daily_turns.chained is 'Continuity: the provider remembered.';
comment on column kinkster.daily_turns.rebuilt is 'Continuity: the context was sent from the transcript.';
comment on column kinkster.daily_turns.rebuilt_provider_changed is 'Rebuilt, since the provider had changed.';
comment on column kinkster.daily_turns.rebuilt_limits_changed is 'Rebuilt, since the hard limits had changed.';
comment on column kinkster.daily_turns.rebuilt_unfinished is 'Rebuilt, since the turn before had no whole reply of a provider.';
comment on column kinkster.daily_turns.rebuilt_branched is 'Rebuilt, since another turn had gone on with the session.';
comment on column kinkster.daily_turns.rebuilt_stateless is 'Rebuilt, since the server keeps no replies.';
comment on column kinkster.daily_turns.rebuilt_forgotten is 'Rebuilt, since the provider no longer knew the reply before.';
comment on column kinkster.daily_turns.input_tokens is 'Tokens sent; null when no provider said.';
comment on column kinkster.daily_turns.cached_tokens is 'Those of them read from a provider''s cache.';
comment on column kinkster.daily_turns.cache_write_tokens is 'Those of them written to a provider''s cache.';
comment on column kinkster.daily_turns.output_tokens is 'Tokens received, reasoning included.';
comment on column kinkster.daily_turns.reasoning_tokens is 'Those of them spent on reasoning.';
comment on column kinkster.daily_turns.cost_usd is 'What is known of their cost in US dollars; null when nothing is.';
comment on column kinkster.daily_turns.cost_unknown is 'Turns that asked a provider and whose cost is not known.';
comment on column kinkster.daily_turns.hosting_usd is 'Of Flowise: these messages'' part of what running it cost in their month (settings.flowise_monthly_cost_usd); null when that is not known.';
comment on column kinkster.daily_turns.cost_per_message_usd is 'US dollars a whole reply: tokens, where their cost is known, and for Flowise its part of the hosting; failed attempts included. Null when nothing is known; see cost_unknown.';
comment on column kinkster.daily_turns.rated_good is 'Replies rated good.';
comment on column kinkster.daily_turns.rated_bad is 'Replies rated bad.';

revoke all on kinkster.daily_turns from public, anon, authenticated, service_role;
grant select on kinkster.daily_turns to service_role;
