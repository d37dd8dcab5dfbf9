-- Folds what was appended to the sums into them.
create or replace function kinkster.fold_sums()
  returns void
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
begin
  with change as (
    delete from kinkster.daily_sums as s where s.is_change returning s.*
  )

  insert into kinkster.daily_sums as s (
    kinkster_id, day, provider, model, is_change,
    turns, in_flight, completed, cancelled, failed, failed_unavailable, failed_limited, failed_rejected,
    failed_misbehaved, failed_by_model, failed_by_us, chained, rebuilt, rebuilt_provider_changed,
    rebuilt_limits_changed, rebuilt_unfinished, rebuilt_branched, rebuilt_stateless, rebuilt_forgotten, tokens_known,
    input_tokens, cached_tokens, cache_write_tokens, output_tokens, reasoning_tokens, streamed_characters, streamed_ms,
    cost_known, cost_usd, priced, cost_unknown, rated_good, rated_bad, first_text_times, duration_times
  )
  select
    c.kinkster_id, c.day, c.provider, c.model, false,
    sum(c.turns), sum(c.in_flight), sum(c.completed), sum(c.cancelled), sum(c.failed), sum(c.failed_unavailable),
    sum(c.failed_limited), sum(c.failed_rejected), sum(c.failed_misbehaved), sum(c.failed_by_model),
    sum(c.failed_by_us), sum(c.chained), sum(c.rebuilt), sum(c.rebuilt_provider_changed),
    sum(c.rebuilt_limits_changed), sum(c.rebuilt_unfinished), sum(c.rebuilt_branched), sum(c.rebuilt_stateless),
    sum(c.rebuilt_forgotten), sum(c.tokens_known), sum(c.input_tokens), sum(c.cached_tokens),
    sum(c.cache_write_tokens), sum(c.output_tokens), sum(c.reasoning_tokens), sum(c.streamed_characters),
    sum(c.streamed_ms), sum(c.cost_known), sum(c.cost_usd), sum(c.priced), sum(c.cost_unknown), sum(c.rated_good),
    sum(c.rated_bad), sum(c.first_text_times), sum(c.duration_times)
  from change as c
  group by c.kinkster_id, c.day, c.provider, c.model
  on conflict (kinkster_id, day, provider, model) where not is_change do update
  set
    turns = s.turns + excluded.turns,
    in_flight = s.in_flight + excluded.in_flight,
    completed = s.completed + excluded.completed,
    cancelled = s.cancelled + excluded.cancelled,
    failed = s.failed + excluded.failed,
    failed_unavailable = s.failed_unavailable + excluded.failed_unavailable,
    failed_limited = s.failed_limited + excluded.failed_limited,
    failed_rejected = s.failed_rejected + excluded.failed_rejected,
    failed_misbehaved = s.failed_misbehaved + excluded.failed_misbehaved,
    failed_by_model = s.failed_by_model + excluded.failed_by_model,
    failed_by_us = s.failed_by_us + excluded.failed_by_us,
    chained = s.chained + excluded.chained,
    rebuilt = s.rebuilt + excluded.rebuilt,
    rebuilt_provider_changed = s.rebuilt_provider_changed + excluded.rebuilt_provider_changed,
    rebuilt_limits_changed = s.rebuilt_limits_changed + excluded.rebuilt_limits_changed,
    rebuilt_unfinished = s.rebuilt_unfinished + excluded.rebuilt_unfinished,
    rebuilt_branched = s.rebuilt_branched + excluded.rebuilt_branched,
    rebuilt_stateless = s.rebuilt_stateless + excluded.rebuilt_stateless,
    rebuilt_forgotten = s.rebuilt_forgotten + excluded.rebuilt_forgotten,
    tokens_known = s.tokens_known + excluded.tokens_known,
    input_tokens = s.input_tokens + excluded.input_tokens,
    cached_tokens = s.cached_tokens + excluded.cached_tokens,
    cache_write_tokens = s.cache_write_tokens + excluded.cache_write_tokens,
    output_tokens = s.output_tokens + excluded.output_tokens,
    reasoning_tokens = s.reasoning_tokens + excluded.reasoning_tokens,
    streamed_characters = s.streamed_characters + excluded.streamed_characters,
    streamed_ms = s.streamed_ms + excluded.streamed_ms,
    cost_known = s.cost_known + excluded.cost_known,
    cost_usd = s.cost_usd + excluded.cost_usd,
    priced = s.priced + excluded.priced,
    cost_unknown = s.cost_unknown + excluded.cost_unknown,
    rated_good = s.rated_good + excluded.rated_good,
    rated_bad = s.rated_bad + excluded.rated_bad,
    first_text_times = s.first_text_times + excluded.first_text_times,
    duration_times = s.duration_times + excluded.duration_times;
end
$$;

comment on function kinkster.fold_sums() is
  'Makes one row of each sum in kinkster.daily_sums and of what was appended to it. Figures are the same before and after.';

revoke execute on function kinkster.fold_sums() from public, anon, authenticated, service_role;
