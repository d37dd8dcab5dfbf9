-- How each character does with its providers and models.
create or replace view kinkster.character_metrics
  with (security_invoker = true)
as
select
  d.day,
  d.kinkster_id,
  d.provider,
  d.model,
  d.turns,
  d.in_flight,
  d.completed,
  d.cancelled,
  d.failed,
  d.failed_unavailable,
  d.failed_limited,
  d.failed_rejected,
  d.failed_misbehaved,
  d.failed_by_model,
  d.failed_by_us,
  d.error_rate,
  d.first_text_p50_ms,
  d.first_text_p95_ms,
  d.first_text_p99_ms,
  d.duration_p50_ms,
  d.duration_p95_ms,
  d.duration_p99_ms,
  d.characters_per_second,
  d.chained,
  d.rebuilt,
  d.rebuilt_provider_changed,
  d.rebuilt_limits_changed,
  d.rebuilt_unfinished,
  d.rebuilt_branched,
  d.rebuilt_stateless,
  d.rebuilt_forgotten,
  d.input_tokens,
  d.cached_tokens,
  d.cache_write_tokens,
  d.output_tokens,
  d.reasoning_tokens,
  d.cost_usd,
  d.cost_unknown,
  d.hosting_usd,
  d.cost_per_message_usd,
  d.rated_good,
  d.rated_bad
from kinkster.daily_turns as d
where d.kinkster_id is not null;

comment on view kinkster.character_metrics is
  'The operator''s figures by day (UTC), character, provider and model, over all users. Up to date at any moment.';
comment on column kinkster.character_metrics.day is 'Day (UTC) on which the messages were stored.';
comment on column kinkster.character_metrics.kinkster_id is 'The character.';
comment on column kinkster.character_metrics.provider is 'Who was asked, or could not be since it was down; null: nobody, as with a safeword.';
comment on column kinkster.character_metrics.model is 'Model that was asked, as far as it is known.';
comment on column kinkster.character_metrics.turns is 'Turns.';
comment on column kinkster.character_metrics.in_flight is 'Those that wait or stream.';
comment on column kinkster.character_metrics.completed is 'Those with a whole reply.';
comment on column kinkster.character_metrics.cancelled is 'Those that were cancelled: by the user, a safeword, a pause, or a client that left.';
comment on column kinkster.character_metrics.failed is 'Those that failed, of any class.';
comment on column kinkster.character_metrics.failed_unavailable is 'Failed: the provider could not be reached, answered with a 5xx, or not in time.';
comment on column kinkster.character_metrics.failed_limited is 'Failed: a rate limit or a quota of the provider.';
comment on column kinkster.character_metrics.failed_rejected is 'Failed: the provider refused the key or the request, or is not set up.';
comment on column kinkster.character_metrics.failed_misbehaved is 'Failed: what came was no reply, was empty, was cut off, or ended in an error.';
comment on column kinkster.character_metrics.failed_by_model is 'Failed: the model declined, was filtered, or ran into a limit of length.';
comment on column kinkster.character_metrics.failed_by_us is 'Failed: not by the provider''s doing.';
comment on column kinkster.character_metrics.error_rate is 'Share of the provider''s faults (all classes but failed_by_us) in those and the whole replies; null without any.';
comment on column kinkster.character_metrics.first_text_p50_ms is 'Milliseconds from asking to the first text of whole replies: half of them took at most so long. Within 5 %.';
comment on column kinkster.character_metrics.first_text_p95_ms is 'The same for 95 of 100.';
comment on column kinkster.character_metrics.first_text_p99_ms is 'The same for 99 of 100.';
comment on column kinkster.character_metrics.duration_p50_ms is 'Milliseconds from asking to the end of whole replies: half of them took at most so long. Within 5 %.';
comment on column kinkster.character_metrics.duration_p95_ms is 'The same for 95 of 100.';
comment on column kinkster.character_metrics.duration_p99_ms is 'The same for 99 of 100.';
comment on column kinkster.character_metrics.characters_per_second is 'Characters a second between first text and end, of replies that took 100 ms or more for it.';
comment on column kinkster.character_metrics.chained is 'Continuity: the provider remembered.';
comment on column kinkster.character_metrics.rebuilt is 'Continuity: the context was sent from the transcript.';
comment on column kinkster.character_metrics.rebuilt_provider_changed is 'Rebuilt, since the provider had changed.';
comment on column kinkster.character_metrics.rebuilt_limits_changed is 'Rebuilt, since the hard limits had changed.';
comment on column kinkster.character_metrics.rebuilt_unfinished is 'Rebuilt, since the turn before had no whole reply of a provider.';
comment on column kinkster.character_metrics.rebuilt_branched is 'Rebuilt, since another turn had gone on with the session.';
comment on column kinkster.character_metrics.rebuilt_stateless is 'Rebuilt, since the server keeps no replies.';
comment on column kinkster.character_metrics.rebuilt_forgotten is 'Rebuilt, since the provider no longer knew the reply before.';
comment on column kinkster.character_metrics.input_tokens is 'Tokens sent; null when no provider said.';
comment on column kinkster.character_metrics.cached_tokens is 'Those of them read from a provider''s cache.';
comment on column kinkster.character_metrics.cache_write_tokens is 'Those of them written to a provider''s cache.';
comment on column kinkster.character_metrics.output_tokens is 'Tokens received, reasoning included.';
comment on column kinkster.character_metrics.reasoning_tokens is 'Those of them spent on reasoning.';
comment on column kinkster.character_metrics.cost_usd is 'What is known of their cost in US dollars; null when nothing is.';
comment on column kinkster.character_metrics.cost_unknown is 'Turns that asked a provider and whose cost is not known.';
comment on column kinkster.character_metrics.hosting_usd is 'Of Flowise: these messages'' part of what running it cost in their month (settings.flowise_monthly_cost_usd); null when that is not known.';
comment on column kinkster.character_metrics.cost_per_message_usd is 'US dollars a whole reply: tokens, where their cost is known, and for Flowise its part of the hosting; failed attempts included. Null when nothing is known; see cost_unknown.';
comment on column kinkster.character_metrics.rated_good is 'Replies rated good.';
comment on column kinkster.character_metrics.rated_bad is 'Replies rated bad.';

revoke all on kinkster.character_metrics from public, anon, authenticated, service_role;
grant select on kinkster.character_metrics to service_role;
