-- Turns added up: what views of a month read instead of millions of turns. Sums can be added to: what is new, deleted or rated
-- appends rows (is_change), some of them negative, and kinkster.roll_up_turns folds them into one row each.
create table kinkster.daily_sums (
  id bigint generated always as identity primary key,
  kinkster_id uuid,
  day date not null,
  provider text,
  model text,
  is_change boolean not null default true,
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
  input_tokens bigint not null default 0,
  cached_tokens bigint not null default 0,
  cache_write_tokens bigint not null default 0,
  output_tokens bigint not null default 0,
  reasoning_tokens bigint not null default 0,
  streamed_characters bigint not null default 0,
  streamed_ms bigint not null default 0,
  cost_known bigint not null default 0,
  cost_usd numeric not null default 0,
  priced bigint not null default 0,
  cost_unknown bigint not null default 0,
  rated_good bigint not null default 0,
  rated_bad bigint not null default 0,
  first_text_times numeric not null default 0,
  duration_times numeric not null default 0
);

create unique index a_day_has_one_sum on kinkster.daily_sums (kinkster_id, day, provider, model) nulls not distinct
  where not is_change;
create index daily_sums_kinkster_day_idx on kinkster.daily_sums (kinkster_id, day);
create index daily_sums_changes_idx on kinkster.daily_sums (id) where is_change;

comment on table kinkster.daily_sums is
  'Sums of one day, character, provider and model, and of all characters together where kinkster_id is null. Read kinkster.provider_metrics and kinkster.character_metrics instead, which are right at any moment.';
comment on column kinkster.daily_sums.id is 'A number of its own.';
comment on column kinkster.daily_sums.kinkster_id is 'The character; null: all of them together.';
comment on column kinkster.daily_sums.day is 'Day (UTC) on which the messages were stored.';
comment on column kinkster.daily_sums.provider is 'Who was asked, or could not be since it was down; null: nobody, as with a safeword.';
comment on column kinkster.daily_sums.model is 'Model that was asked, as far as it is known.';
comment on column kinkster.daily_sums.is_change is 'Whether it adds to the one row that is the sum, or takes from it.';
comment on column kinkster.daily_sums.turns is 'Turns.';
comment on column kinkster.daily_sums.in_flight is 'Those that wait or stream.';
comment on column kinkster.daily_sums.completed is 'Those with a whole reply.';
comment on column kinkster.daily_sums.cancelled is 'Those that were cancelled: by the user, a safeword, a pause, or a client that left.';
comment on column kinkster.daily_sums.failed is 'Those that failed, of any class.';
comment on column kinkster.daily_sums.failed_unavailable is 'Failed: the provider could not be reached, answered with a 5xx, or not in time.';
comment on column kinkster.daily_sums.failed_limited is 'Failed: a rate limit or a quota of the provider.';
comment on column kinkster.daily_sums.failed_rejected is 'Failed: the provider refused the key or the request, or is not set up.';
comment on column kinkster.daily_sums.failed_misbehaved is 'Failed: what came was no reply, was empty, was cut off, or ended in an error.';
comment on column kinkster.daily_sums.failed_by_model is 'Failed: the model declined, was filtered, or ran into a limit of length.';
comment on column kinkster.daily_sums.failed_by_us is 'Failed: not by the provider''s doing.';
comment on column kinkster.daily_sums.chained is 'Continuity: the provider remembered.';
comment on column kinkster.daily_sums.rebuilt is 'Continuity: the context was sent from the transcript.';
comment on column kinkster.daily_sums.rebuilt_provider_changed is 'Rebuilt, since the provider had changed.';
comment on column kinkster.daily_sums.rebuilt_limits_changed is 'Rebuilt, since the hard limits had changed.';
comment on column kinkster.daily_sums.rebuilt_unfinished is 'Rebuilt, since the turn before had no whole reply of a provider.';
comment on column kinkster.daily_sums.rebuilt_branched is 'Rebuilt, since another turn had gone on with the session.';
comment on column kinkster.daily_sums.rebuilt_stateless is 'Rebuilt, since the server keeps no replies.';
comment on column kinkster.daily_sums.rebuilt_forgotten is 'Rebuilt, since the provider no longer knew the reply before.';
comment on column kinkster.daily_sums.tokens_known is 'Turns whose provider said how many tokens they took.';
comment on column kinkster.daily_sums.input_tokens is 'Tokens sent.';
comment on column kinkster.daily_sums.cached_tokens is 'Those of them read from a provider''s cache.';
comment on column kinkster.daily_sums.cache_write_tokens is 'Those of them written to a provider''s cache.';
comment on column kinkster.daily_sums.output_tokens is 'Tokens received, reasoning included.';
comment on column kinkster.daily_sums.reasoning_tokens is 'Those of them spent on reasoning.';
comment on column kinkster.daily_sums.streamed_characters is 'Characters of the whole replies that took 100 ms or more from their first text to their end.';
comment on column kinkster.daily_sums.streamed_ms is 'Milliseconds that those took for it.';
comment on column kinkster.daily_sums.cost_known is 'Turns whose cost is known.';
comment on column kinkster.daily_sums.cost_usd is 'What is known of their cost in US dollars.';
comment on column kinkster.daily_sums.priced is 'Whole replies whose cost is known.';
comment on column kinkster.daily_sums.cost_unknown is 'Turns that asked a provider and whose cost is not known.';
comment on column kinkster.daily_sums.rated_good is 'Replies rated good.';
comment on column kinkster.daily_sums.rated_bad is 'Replies rated bad.';
comment on column kinkster.daily_sums.first_text_times is 'Times to the first text of whole replies, as a histogram.';
comment on column kinkster.daily_sums.duration_times is 'Times from asking to the end of whole replies, as a histogram.';

revoke all on kinkster.daily_sums from public, anon, authenticated, service_role;
grant select on kinkster.daily_sums to service_role;
