-- The roll-ups where they hold, and the turns themselves where they do not: the same figures at any moment.
create or replace view kinkster.turn_hours
  with (security_invoker = true)
as
select
  h.kinkster_id,
  h.day,
  h.hour,
  h.provider,
  h.model,
  h.turns,
  h.in_flight,
  h.completed,
  h.cancelled,
  h.failed,
  h.failed_unavailable,
  h.failed_limited,
  h.failed_rejected,
  h.failed_misbehaved,
  h.failed_by_model,
  h.failed_by_us,
  h.chained,
  h.rebuilt,
  h.rebuilt_provider_changed,
  h.rebuilt_limits_changed,
  h.rebuilt_unfinished,
  h.rebuilt_branched,
  h.rebuilt_stateless,
  h.rebuilt_forgotten,
  h.tokens_known,
  h.input_tokens,
  h.cached_tokens,
  h.cache_write_tokens,
  h.output_tokens,
  h.reasoning_tokens,
  h.streamed_characters,
  h.streamed_ms,
  h.cost_known,
  h.cost_usd,
  h.priced,
  h.cost_unknown,
  h.rated_good,
  h.rated_bad,
  h.first_text_times,
  h.duration_times
from kinkster.hourly_turns as h
where
  h.hour < (select kinkster.rolled_until())
  and not exists (
    select 1
    from kinkster.open_hours as o
    where o.hour = h.hour
  )
union all
select
  whose.kinkster_id,
  (m.created_at at time zone 'UTC')::date as day,
  pg_catalog.date_trunc('hour', m.created_at, 'UTC') as hour,
  m.provider,
  m.model,
  m.turns,
  m.in_flight,
  m.completed,
  m.cancelled,
  m.failed,
  m.failed_unavailable,
  m.failed_limited,
  m.failed_rejected,
  m.failed_misbehaved,
  m.failed_by_model,
  m.failed_by_us,
  m.chained,
  m.rebuilt,
  m.rebuilt_provider_changed,
  m.rebuilt_limits_changed,
  m.rebuilt_unfinished,
  m.rebuilt_branched,
  m.rebuilt_stateless,
  m.rebuilt_forgotten,
  m.tokens_known,
  m.input_tokens,
  m.cached_tokens,
  m.cache_write_tokens,
  m.output_tokens,
  m.reasoning_tokens,
  m.streamed_characters,
  m.streamed_ms,
  m.cost_known,
  m.cost_usd,
  m.priced,
  m.cost_unknown,
  m.rated_good,
  m.rated_bad,
  m.first_text_times,
  m.duration_times
from kinkster.turns_not_rolled_up() as m
cross join lateral (values (null::uuid), (m.kinkster_id)) as whose (kinkster_id);

comment on view kinkster.turn_hours is
  'What is to be summed for any figure of the operator: rows of hours that are rolled up, and one row per turn for the others, each both for its character and for all (kinkster_id null).';

comment on column kinkster.turn_hours.kinkster_id is 'The character; null: all of them together.';
comment on column kinkster.turn_hours.day is 'The day (UTC) of that hour.';
comment on column kinkster.turn_hours.hour is 'Beginning of the hour in which the messages were stored.';
comment on column kinkster.turn_hours.provider is 'Who was asked; null: nobody, as with a safeword.';
comment on column kinkster.turn_hours.model is 'Model that was asked, as far as it is known.';
comment on column kinkster.turn_hours.turns is 'Turns.';
comment on column kinkster.turn_hours.in_flight is 'Those that wait or stream.';
comment on column kinkster.turn_hours.completed is 'Those with a whole reply.';
comment on column kinkster.turn_hours.cancelled is 'Those that were cancelled: by the user, a safeword, a pause, or a client that left.';
comment on column kinkster.turn_hours.failed is 'Those that failed, of any class.';
comment on column kinkster.turn_hours.failed_unavailable is 'Failed: the provider could not be reached, answered with a 5xx, or not in time.';
comment on column kinkster.turn_hours.failed_limited is 'Failed: a rate limit or a quota of the provider.';
comment on column kinkster.turn_hours.failed_rejected is 'Failed: the provider refused the key or the request, or is not set up.';
comment on column kinkster.turn_hours.failed_misbehaved is 'Failed: what came was no reply, was empty, was cut off, or ended in an error.';
comment on column kinkster.turn_hours.failed_by_model is 'Failed: the model declined, was filtered, or ran into a limit of length.';
comment on column kinkster.turn_hours.failed_by_us is 'Failed: not by the provider''s doing.';
comment on column kinkster.turn_hours.chained is 'Continuity: the provider remembered.';
comment on column kinkster.turn_hours.rebuilt is 'Continuity: the context was sent from the transcript.';
comment on column kinkster.turn_hours.rebuilt_provider_changed is 'Rebuilt, since the provider had changed.';
comment on column kinkster.turn_hours.rebuilt_limits_changed is 'Rebuilt, since the hard limits had changed.';
comment on column kinkster.turn_hours.rebuilt_unfinished is 'Rebuilt, since the turn before had no whole reply of a provider.';
comment on column kinkster.turn_hours.rebuilt_branched is 'Rebuilt, since another turn had gone on with the session.';
comment on column kinkster.turn_hours.rebuilt_stateless is 'Rebuilt, since the server keeps no replies.';
comment on column kinkster.turn_hours.rebuilt_forgotten is 'Rebuilt, since the provider no longer knew the reply before.';
comment on column kinkster.turn_hours.tokens_known is 'Turns whose provider said how many tokens they took.';
comment on column kinkster.turn_hours.input_tokens is 'Tokens sent; null when no provider said.';
comment on column kinkster.turn_hours.cached_tokens is 'Those of them read from a provider''s cache.';
comment on column kinkster.turn_hours.cache_write_tokens is 'Those of them written to a provider''s cache.';
comment on column kinkster.turn_hours.output_tokens is 'Tokens received, reasoning included.';
comment on column kinkster.turn_hours.reasoning_tokens is 'Those of them spent on reasoning.';
comment on column kinkster.turn_hours.streamed_characters is 'Characters of the whole replies that took 100 ms or more from their first text to their end.';
comment on column kinkster.turn_hours.streamed_ms is 'Milliseconds that those took for it.';
comment on column kinkster.turn_hours.cost_known is 'Turns whose cost is known.';
comment on column kinkster.turn_hours.cost_usd is 'What is known of their cost in US dollars; null when nothing is.';
comment on column kinkster.turn_hours.priced is 'Whole replies whose cost is known.';
comment on column kinkster.turn_hours.cost_unknown is 'Turns that asked a provider and whose cost is not known.';
comment on column kinkster.turn_hours.rated_good is 'Replies rated good.';
comment on column kinkster.turn_hours.rated_bad is 'Replies rated bad.';
comment on column kinkster.turn_hours.first_text_times is 'Times to the first text of whole replies, as a histogram (kinkster.histogram_of).';
comment on column kinkster.turn_hours.duration_times is 'Times from asking to the end of whole replies, as a histogram.';

revoke all on kinkster.turn_hours from public, anon, authenticated, service_role;
grant select on kinkster.turn_hours to service_role;
