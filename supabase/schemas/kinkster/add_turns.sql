-- Adds turns to the sums, or takes them out. Each is looked up by its key, with all that belongs to it: the planner, which can't
-- tell that keys are keys, would compare each of them with every conversation.
create or replace function kinkster.add_turns(p_sign integer, p_user_ids uuid[], p_turn_ids uuid[])
  returns void
  language plpgsql
  volatile
  security definer
  set search_path = ''
  set plan_cache_mode = 'force_custom_plan'
  set enable_seqscan = off
as $$
begin
  insert into kinkster.daily_sums (
    kinkster_id, day, provider, model,
    turns, in_flight, completed, cancelled, failed, failed_unavailable, failed_limited, failed_rejected,
    failed_misbehaved, failed_by_model, failed_by_us, chained, rebuilt, rebuilt_provider_changed,
    rebuilt_limits_changed, rebuilt_unfinished, rebuilt_branched, rebuilt_stateless, rebuilt_forgotten, tokens_known,
    input_tokens, cached_tokens, cache_write_tokens, output_tokens, reasoning_tokens, streamed_characters, streamed_ms,
    cost_known, cost_usd, priced, cost_unknown, rated_good, rated_bad, first_text_times, duration_times
  )
  select
    m.kinkster_id, d.day, m.provider, m.model,
    p_sign * sum(m.turns), p_sign * sum(m.in_flight), p_sign * sum(m.completed), p_sign * sum(m.cancelled),
    p_sign * sum(m.failed), p_sign * sum(m.failed_unavailable), p_sign * sum(m.failed_limited),
    p_sign * sum(m.failed_rejected), p_sign * sum(m.failed_misbehaved), p_sign * sum(m.failed_by_model),
    p_sign * sum(m.failed_by_us), p_sign * sum(m.chained), p_sign * sum(m.rebuilt),
    p_sign * sum(m.rebuilt_provider_changed), p_sign * sum(m.rebuilt_limits_changed),
    p_sign * sum(m.rebuilt_unfinished), p_sign * sum(m.rebuilt_branched), p_sign * sum(m.rebuilt_stateless),
    p_sign * sum(m.rebuilt_forgotten), p_sign * sum(m.tokens_known), p_sign * sum(m.input_tokens),
    p_sign * sum(m.cached_tokens), p_sign * sum(m.cache_write_tokens), p_sign * sum(m.output_tokens),
    p_sign * sum(m.reasoning_tokens), p_sign * sum(m.streamed_characters), p_sign * sum(m.streamed_ms),
    p_sign * sum(m.cost_known), p_sign * sum(m.cost_usd), p_sign * sum(m.priced), p_sign * sum(m.cost_unknown),
    p_sign * sum(m.rated_good), p_sign * sum(m.rated_bad), p_sign * sum(m.first_text_times),
    p_sign * sum(m.duration_times)
  from unnest(p_user_ids, p_turn_ids) as key (user_id, turn_id)
  join kinkster.measured_turns as m on m.user_id = key.user_id and m.turn_id = key.turn_id
  cross join lateral (select (m.created_at at time zone 'UTC')::date as day) as d
  group by grouping sets ((d.day, m.kinkster_id, m.provider, m.model), (d.day, m.provider, m.model));
end
$$;

comment on function kinkster.add_turns(integer, uuid[], uuid[]) is
  'Appends to kinkster.daily_sums what the turns with these keys add up to, p_sign being 1, or takes it out, -1.';

revoke execute on function kinkster.add_turns(integer, uuid[], uuid[]) from public, anon, authenticated, service_role;
