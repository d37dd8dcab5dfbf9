-- What each turn adds to the figures: every measure is a column that is only ever summed. All views and sums read turns
-- through this one, so that they agree. Under row security: a user sees their own. A time is a histogram of one, and a
-- histogram is a number: twelve decimal digits a bucket, the shortest times in the lowest; a bucket reaches from 1.1^n to
-- 1.1^(n+1) milliseconds. So adding histograms is adding numbers, which sum() does quickly and exactly.
create or replace view kinkster.measured_turns
  with (security_invoker = true)
as
select
  t.user_id,
  t.id as turn_id,
  t.conversation_id,
  c.kinkster_id,
  t.created_at,
  t.provider,
  t.model,
  1::bigint as turns,
  (t.status in ('queued', 'streaming'))::integer::bigint as in_flight,
  (t.status = 'completed')::integer::bigint as completed,
  (t.status = 'cancelled')::integer::bigint as cancelled,
  (t.status = 'failed')::integer::bigint as failed,
  (
    t.status = 'failed'
    and t.error_code in ('provider_unreachable', 'provider_timeout', 'provider_unavailable')
  )::integer::bigint as failed_unavailable,
  (
    t.status = 'failed'
    and t.error_code in ('provider_rate_limited', 'provider_quota_exhausted')
  )::integer::bigint as failed_limited,
  (
    t.status = 'failed'
    and t.error_code in ('provider_unauthorized', 'provider_not_configured', 'provider_rejected')
  )::integer::bigint as failed_rejected,
  (
    t.status = 'failed'
    and t.error_code in ('provider_misbehaved', 'provider_error', 'reply_cut_off', 'reply_empty')
  )::integer::bigint as failed_misbehaved,
  (
    t.status = 'failed'
    and t.error_code in ('reply_incomplete', 'reply_filtered', 'reply_refused')
  )::integer::bigint as failed_by_model,
  (
    t.status = 'failed'
    and t.error_code not in (
      'provider_unreachable', 'provider_timeout', 'provider_unavailable',
      'provider_rate_limited', 'provider_quota_exhausted',
      'provider_unauthorized', 'provider_not_configured', 'provider_rejected',
      'provider_misbehaved', 'provider_error', 'reply_cut_off', 'reply_empty',
      'reply_incomplete', 'reply_filtered', 'reply_refused'
    )
  )::integer::bigint as failed_by_us,
  coalesce((t.continuity = 'chained')::integer::bigint, 0) as chained,
  coalesce((t.continuity = 'rebuilt')::integer::bigint, 0) as rebuilt,
  coalesce((t.rebuilt_because = 'provider_changed')::integer::bigint, 0) as rebuilt_provider_changed,
  coalesce((t.rebuilt_because = 'limits_changed')::integer::bigint, 0) as rebuilt_limits_changed,
  coalesce((t.rebuilt_because = 'unfinished')::integer::bigint, 0) as rebuilt_unfinished,
  coalesce((t.rebuilt_because = 'branched')::integer::bigint, 0) as rebuilt_branched,
  coalesce((t.rebuilt_because = 'stateless')::integer::bigint, 0) as rebuilt_stateless,
  coalesce((t.rebuilt_because = 'forgotten')::integer::bigint, 0) as rebuilt_forgotten,
  (t.input_tokens is not null)::integer::bigint as tokens_known,
  coalesce(t.input_tokens, 0) as input_tokens,
  coalesce(t.cached_tokens, 0) as cached_tokens,
  coalesce(t.cache_write_tokens, 0) as cache_write_tokens,
  coalesce(t.output_tokens, 0) as output_tokens,
  coalesce(t.reasoning_tokens, 0) as reasoning_tokens,
  case when f.streamed_ms >= 100 then pg_catalog.char_length(t.reply)::bigint else 0 end as streamed_characters,
  case when f.streamed_ms >= 100 then f.streamed_ms else 0 end as streamed_ms,
  (t.cost_usd is not null)::integer::bigint as cost_known,
  coalesce(t.cost_usd, 0) as cost_usd,
  (t.status = 'completed' and t.cost_usd is not null)::integer::bigint as priced,
  (
    t.started_at is not null and t.provider is not null and t.cost_usd is null and t.status not in ('queued', 'streaming')
  )::integer::bigint as cost_unknown,
  coalesce((r.rating = 1)::integer::bigint, 0) as rated_good,
  coalesce((r.rating = -1)::integer::bigint, 0) as rated_bad,
  case
    when f.first_text_ms is null then 0
    else ('1e' || 12 * least(floor(ln(greatest(f.first_text_ms, 1)) / ln(1.1)), 180))::numeric
  end as first_text_times,
  case
    when f.duration_ms is null then 0
    else ('1e' || 12 * least(floor(ln(greatest(f.duration_ms, 1)) / ln(1.1)), 180))::numeric
  end as duration_times
from public.kinkster_turns as t
inner join public.kinkster_conversations as c on t.user_id = c.user_id and t.conversation_id = c.id
left join public.kinkster_ratings as r on t.user_id = r.user_id and t.id = r.turn_id
cross join lateral ( -- noqa: ST05
  select
    case when t.status = 'completed' and t.provider is not null then t.first_text_ms end as first_text_ms,
    case when t.status = 'completed' and t.provider is not null then
      (extract(epoch from t.finished_at - t.started_at) * 1000)::bigint
    end as duration_ms,
    case when t.status = 'completed' and t.provider is not null then
      (extract(epoch from t.finished_at - t.started_at) * 1000)::bigint - t.first_text_ms
    end as streamed_ms
  order by 1
  limit 1 -- once a turn, not once a column
) as f;

comment on view kinkster.measured_turns is
  'One row per turn with what it adds to each figure; what is not known adds 0. Times are those of whole replies of a provider.';
comment on column kinkster.measured_turns.user_id is 'Whose turn it is.';
comment on column kinkster.measured_turns.turn_id is 'The turn.';
comment on column kinkster.measured_turns.conversation_id is 'Its conversation.';
comment on column kinkster.measured_turns.kinkster_id is 'The character.';
comment on column kinkster.measured_turns.created_at is 'When the message was stored: the day (UTC) that the turn counts for.';
comment on column kinkster.measured_turns.provider is 'Who was asked, or could not be since it was down; null: nobody, as with a safeword.';
comment on column kinkster.measured_turns.model is 'Model that was asked, as far as it is known.';
comment on column kinkster.measured_turns.turns is 'Turns.';
comment on column kinkster.measured_turns.in_flight is 'Those that wait or stream.';
comment on column kinkster.measured_turns.completed is 'Those with a whole reply.';
comment on column kinkster.measured_turns.cancelled is 'Those that were cancelled: by the user, a safeword, a pause, or a client that left.';
comment on column kinkster.measured_turns.failed is 'Those that failed, of any class.';
comment on column kinkster.measured_turns.failed_unavailable is 'Failed: the provider could not be reached, answered with a 5xx, or not in time.';
comment on column kinkster.measured_turns.failed_limited is 'Failed: a rate limit or a quota of the provider.';
comment on column kinkster.measured_turns.failed_rejected is 'Failed: the provider refused the key or the request, or is not set up.';
comment on column kinkster.measured_turns.failed_misbehaved is 'Failed: what came was no reply, was empty, was cut off, or ended in an error.';
comment on column kinkster.measured_turns.failed_by_model is 'Failed: the model declined, was filtered, or ran into a limit of length.';
comment on column kinkster.measured_turns.failed_by_us is 'Failed: not by the provider''s doing.';
comment on column kinkster.measured_turns.chained is 'Continuity: the provider remembered.';
comment on column kinkster.measured_turns.rebuilt is 'Continuity: the context was sent from the transcript.';
comment on column kinkster.measured_turns.rebuilt_provider_changed is 'Rebuilt, since the provider had changed.';
comment on column kinkster.measured_turns.rebuilt_limits_changed is 'Rebuilt, since the hard limits had changed.';
comment on column kinkster.measured_turns.rebuilt_unfinished is 'Rebuilt, since the turn before had no whole reply of a provider.';
comment on column kinkster.measured_turns.rebuilt_branched is 'Rebuilt, since another turn had gone on with the session.';
comment on column kinkster.measured_turns.rebuilt_stateless is 'Rebuilt, since the server keeps no replies.';
comment on column kinkster.measured_turns.rebuilt_forgotten is 'Rebuilt, since the provider no longer knew the reply before.';
comment on column kinkster.measured_turns.tokens_known is 'Turns whose provider said how many tokens they took.';
comment on column kinkster.measured_turns.input_tokens is 'Tokens sent.';
comment on column kinkster.measured_turns.cached_tokens is 'Those of them read from a provider''s cache.';
comment on column kinkster.measured_turns.cache_write_tokens is 'Those of them written to a provider''s cache.';
comment on column kinkster.measured_turns.output_tokens is 'Tokens received, reasoning included.';
comment on column kinkster.measured_turns.reasoning_tokens is 'Those of them spent on reasoning.';
comment on column kinkster.measured_turns.streamed_characters is 'Characters of the whole replies that took 100 ms or more from their first text to their end.';
comment on column kinkster.measured_turns.streamed_ms is 'Milliseconds that those took for it.';
comment on column kinkster.measured_turns.cost_known is 'Turns whose cost is known.';
comment on column kinkster.measured_turns.cost_usd is 'What is known of their cost in US dollars.';
comment on column kinkster.measured_turns.priced is 'Whole replies whose cost is known.';
comment on column kinkster.measured_turns.cost_unknown is 'Turns that asked a provider and whose cost is not known.';
comment on column kinkster.measured_turns.rated_good is 'Replies rated good.';
comment on column kinkster.measured_turns.rated_bad is 'Replies rated bad.';
comment on column kinkster.measured_turns.first_text_times is 'Times to the first text of whole replies, as a histogram.';
comment on column kinkster.measured_turns.duration_times is 'Times from asking to the end of whole replies, as a histogram.';

revoke all on kinkster.measured_turns from public, anon, authenticated, service_role;
grant select on kinkster.measured_turns to authenticated, service_role;
