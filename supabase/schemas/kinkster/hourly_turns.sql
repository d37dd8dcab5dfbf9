-- Turns of hours that are over, added up: what views of a month read instead of millions of turns. kinkster.roll_up_turns writes
-- an hour once; what is deleted or rated afterwards appends rows that take back or add, so that the sums stay true; what
-- changes a turn in any other way has its hour read from the turns again (open_hours).
create table kinkster.hourly_turns (
  id bigint generated always as identity primary key,
  kinkster_id uuid,
  day date not null,
  hour timestamptz not null,
  provider text,
  model text,
  turns bigint not null default 0,
  in_flight bigint not null default 0,
  completed bigint not null default 0,
  cancelled bigint not null default 0,
  failed bigint not null default 0,
  failed_unavailable bigint not null default 0,
  failed_limited bigint not null default 0,
  failed_rejected bigint not null default 0,
  failed_misbehaved bigint not null default 0,
  failed_by_model bigint not null default 0,
  failed_by_us bigint not null default 0,
  chained bigint not null default 0,
  rebuilt bigint not null default 0,
  rebuilt_provider_changed bigint not null default 0,
  rebuilt_limits_changed bigint not null default 0,
  rebuilt_unfinished bigint not null default 0,
  rebuilt_branched bigint not null default 0,
  rebuilt_stateless bigint not null default 0,
  rebuilt_forgotten bigint not null default 0,
  tokens_known bigint not null default 0,
  input_tokens bigint,
  cached_tokens bigint,
  cache_write_tokens bigint,
  output_tokens bigint,
  reasoning_tokens bigint,
  streamed_characters bigint,
  streamed_ms bigint,
  cost_known bigint not null default 0,
  cost_usd numeric,
  priced bigint not null default 0,
  cost_unknown bigint not null default 0,
  rated_good bigint not null default 0,
  rated_bad bigint not null default 0,
  first_text_times numeric,
  duration_times numeric
);

create index hourly_turns_kinkster_day_idx on kinkster.hourly_turns (kinkster_id, day);
create index hourly_turns_hour_idx on kinkster.hourly_turns (hour);

comment on table kinkster.hourly_turns is
  'Sums of one hour, character, provider and model, and of all characters together where kinkster_id is null; several rows of one hour add up. Read kinkster.provider_metrics and kinkster.character_metrics instead, which are right at any moment.';
comment on column kinkster.hourly_turns.id is 'A number of its own.';
comment on column kinkster.hourly_turns.kinkster_id is 'The character; null: all of them together.';
comment on column kinkster.hourly_turns.day is 'The day (UTC) of that hour.';
comment on column kinkster.hourly_turns.hour is 'Beginning of the hour in which the messages were stored.';
comment on column kinkster.hourly_turns.provider is 'Who was asked; null: nobody, as with a safeword.';
comment on column kinkster.hourly_turns.model is 'Model that was asked, as far as it is known.';
comment on column kinkster.hourly_turns.turns is 'Turns.';
comment on column kinkster.hourly_turns.in_flight is 'Those that wait or stream.';
comment on column kinkster.hourly_turns.completed is 'Those with a whole reply.';
comment on column kinkster.hourly_turns.cancelled is 'Those that were cancelled: by the user, a safeword, a pause, or a client that left.';
comment on column kinkster.hourly_turns.failed is 'Those that failed, of any class.';
comment on column kinkster.hourly_turns.failed_unavailable is 'Failed: the provider could not be reached, answered with a 5xx, or not in time.';
comment on column kinkster.hourly_turns.failed_limited is 'Failed: a rate limit or a quota of the provider.';
comment on column kinkster.hourly_turns.failed_rejected is 'Failed: the provider refused the key or the request, or is not set up.';
comment on column kinkster.hourly_turns.failed_misbehaved is 'Failed: what came was no reply, was empty, was cut off, or ended in an error.';
comment on column kinkster.hourly_turns.failed_by_model is 'Failed: the model declined, was filtered, or ran into a limit of length.';
comment on column kinkster.hourly_turns.failed_by_us is 'Failed: not by the provider''s doing.';
comment on column kinkster.hourly_turns.chained is 'Continuity: the provider remembered.';
comment on column kinkster.hourly_turns.rebuilt is 'Continuity: the context was sent from the transcript.';
comment on column kinkster.hourly_turns.rebuilt_provider_changed is 'Rebuilt, since the provider had changed.';
comment on column kinkster.hourly_turns.rebuilt_limits_changed is 'Rebuilt, since the hard limits had changed.';
comment on column kinkster.hourly_turns.rebuilt_unfinished is 'Rebuilt, since the turn before had no whole reply of a provider.';
comment on column kinkster.hourly_turns.rebuilt_branched is 'Rebuilt, since another turn had gone on with the session.';
comment on column kinkster.hourly_turns.rebuilt_stateless is 'Rebuilt, since the server keeps no replies.';
comment on column kinkster.hourly_turns.rebuilt_forgotten is 'Rebuilt, since the provider no longer knew the reply before.';
comment on column kinkster.hourly_turns.tokens_known is 'Turns whose provider said how many tokens they took.';
comment on column kinkster.hourly_turns.input_tokens is 'Tokens sent; null when no provider said.';
comment on column kinkster.hourly_turns.cached_tokens is 'Those of them read from a provider''s cache.';
comment on column kinkster.hourly_turns.cache_write_tokens is 'Those of them written to a provider''s cache.';
comment on column kinkster.hourly_turns.output_tokens is 'Tokens received, reasoning included.';
comment on column kinkster.hourly_turns.reasoning_tokens is 'Those of them spent on reasoning.';
comment on column kinkster.hourly_turns.streamed_characters is 'Characters of the whole replies that took 100 ms or more from their first text to their end.';
comment on column kinkster.hourly_turns.streamed_ms is 'Milliseconds that those took for it.';
comment on column kinkster.hourly_turns.cost_known is 'Turns whose cost is known.';
comment on column kinkster.hourly_turns.cost_usd is 'What is known of their cost in US dollars; null when nothing is.';
comment on column kinkster.hourly_turns.priced is 'Whole replies whose cost is known.';
comment on column kinkster.hourly_turns.cost_unknown is 'Turns that asked a provider and whose cost is not known.';
comment on column kinkster.hourly_turns.rated_good is 'Replies rated good.';
comment on column kinkster.hourly_turns.rated_bad is 'Replies rated bad.';
comment on column kinkster.hourly_turns.first_text_times is 'Times to the first text of whole replies, as a histogram (kinkster.histogram_of).';
comment on column kinkster.hourly_turns.duration_times is 'Times from asking to the end of whole replies, as a histogram.';

revoke all on kinkster.hourly_turns from public, anon, authenticated, service_role;
grant select on kinkster.hourly_turns to service_role;
