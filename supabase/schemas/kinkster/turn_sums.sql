-- The sums, and the turns that they lack: the same figures at any moment.
create or replace view kinkster.turn_sums
  with (security_invoker = true)
as
select
  s.kinkster_id,
  s.day,
  s.provider,
  s.model,
  s.turns,
  s.in_flight,
  s.completed,
  s.cancelled,
  s.failed,
  s.failed_unavailable,
  s.failed_limited,
  s.failed_rejected,
  s.failed_misbehaved,
  s.failed_by_model,
  s.failed_by_us,
  s.chained,
  s.rebuilt,
  s.rebuilt_provider_changed,
  s.rebuilt_limits_changed,
  s.rebuilt_unfinished,
  s.rebuilt_branched,
  s.rebuilt_stateless,
  s.rebuilt_forgotten,
  s.tokens_known,
  s.input_tokens,
  s.cached_tokens,
  s.cache_write_tokens,
  s.output_tokens,
  s.reasoning_tokens,
  s.streamed_characters,
  s.streamed_ms,
  s.cost_known,
  s.cost_usd,
  s.priced,
  s.cost_unknown,
  s.rated_good,
  s.rated_bad,
  s.first_text_times,
  s.duration_times
from kinkster.daily_sums as s
where s.day::timestamp at time zone 'UTC' < (select kinkster.rolled_until())
union all
select
  whose.kinkster_id,
  (m.created_at at time zone 'UTC')::date as day,
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
from kinkster.turns_not_added_up() as m
cross join lateral (values (null::uuid), (m.kinkster_id)) as whose (kinkster_id);

comment on view kinkster.turn_sums is
  'What is to be summed for any figure of the operator: what is added up, and one row per turn for the others, each both for its character and for all (kinkster_id null).';
comment on column kinkster.turn_sums.kinkster_id is 'The character; null: all of them together.';
comment on column kinkster.turn_sums.day is 'Day (UTC) on which the messages were stored.';
comment on column kinkster.turn_sums.provider is 'Who was asked, or could not be since it was down; null: nobody, as with a safeword.';
comment on column kinkster.turn_sums.model is 'Model that was asked, as far as it is known.';
comment on column kinkster.turn_sums.turns is 'Turns.';
comment on column kinkster.turn_sums.in_flight is 'Those that wait or stream.';
comment on column kinkster.turn_sums.completed is 'Those with a whole reply.';
comment on column kinkster.turn_sums.cancelled is 'Those that were cancelled: by the user, a safeword, a pause, or a client that left.';
comment on column kinkster.turn_sums.failed is 'Those that failed, of any class.';
comment on column kinkster.turn_sums.failed_unavailable is 'Failed: the provider could not be reached, answered with a 5xx, or not in time.';
comment on column kinkster.turn_sums.failed_limited is 'Failed: a rate limit or a quota of the provider.';
comment on column kinkster.turn_sums.failed_rejected is 'Failed: the provider refused the key or the request, or is not set up.';
comment on column kinkster.turn_sums.failed_misbehaved is 'Failed: what came was no reply, was empty, was cut off, or ended in an error.';
comment on column kinkster.turn_sums.failed_by_model is 'Failed: the model declined, was filtered, or ran into a limit of length.';
comment on column kinkster.turn_sums.failed_by_us is 'Failed: not by the provider''s doing.';
comment on column kinkster.turn_sums.chained is 'Continuity: the provider remembered.';
comment on column kinkster.turn_sums.rebuilt is 'Continuity: the context was sent from the transcript.';
comment on column kinkster.turn_sums.rebuilt_provider_changed is 'Rebuilt, since the provider had changed.';
comment on column kinkster.turn_sums.rebuilt_limits_changed is 'Rebuilt, since the hard limits had changed.';
comment on column kinkster.turn_sums.rebuilt_unfinished is 'Rebuilt, since the turn before had no whole reply of a provider.';
comment on column kinkster.turn_sums.rebuilt_branched is 'Rebuilt, since another turn had gone on with the session.';
comment on column kinkster.turn_sums.rebuilt_stateless is 'Rebuilt, since the server keeps no replies.';
comment on column kinkster.turn_sums.rebuilt_forgotten is 'Rebuilt, since the provider no longer knew the reply before.';
comment on column kinkster.turn_sums.tokens_known is 'Turns whose provider said how many tokens they took.';
comment on column kinkster.turn_sums.input_tokens is 'Tokens sent.';
comment on column kinkster.turn_sums.cached_tokens is 'Those of them read from a provider''s cache.';
comment on column kinkster.turn_sums.cache_write_tokens is 'Those of them written to a provider''s cache.';
comment on column kinkster.turn_sums.output_tokens is 'Tokens received, reasoning included.';
comment on column kinkster.turn_sums.reasoning_tokens is 'Those of them spent on reasoning.';
comment on column kinkster.turn_sums.streamed_characters is 'Characters of the whole replies that took 100 ms or more from their first text to their end.';
comment on column kinkster.turn_sums.streamed_ms is 'Milliseconds that those took for it.';
comment on column kinkster.turn_sums.cost_known is 'Turns whose cost is known.';
comment on column kinkster.turn_sums.cost_usd is 'What is known of their cost in US dollars.';
comment on column kinkster.turn_sums.priced is 'Whole replies whose cost is known.';
comment on column kinkster.turn_sums.cost_unknown is 'Turns that asked a provider and whose cost is not known.';
comment on column kinkster.turn_sums.rated_good is 'Replies rated good.';
comment on column kinkster.turn_sums.rated_bad is 'Replies rated bad.';
comment on column kinkster.turn_sums.first_text_times is 'Times to the first text of whole replies, as a histogram.';
comment on column kinkster.turn_sums.duration_times is 'Times from asking to the end of whole replies, as a histogram.';

revoke all on kinkster.turn_sums from public, anon, authenticated, service_role;
grant select on kinkster.turn_sums to service_role;
