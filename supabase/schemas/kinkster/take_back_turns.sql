-- Takes turns that are about to be deleted out of the hours that hold them. First nobody can rate them any more, then no
-- hour of theirs is being added up: what is read after that is what the hours hold.
create or replace function kinkster.take_back_turns(p_user_id uuid, p_conversation_id uuid, p_turn_id uuid)
  returns void
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
begin
  perform
  from public.kinkster_turns as t
  where t.user_id = p_user_id and t.conversation_id = p_conversation_id and t.id = coalesce(p_turn_id, t.id)
  for update;
  if pg_catalog.current_setting('transaction_isolation') <> 'read committed' then
    -- Such a transaction does not see which hours are added up by now.
    perform kinkster.reopen_hour(t.created_at)
    from public.kinkster_turns as t
    where t.user_id = p_user_id and t.conversation_id = p_conversation_id and t.id = coalesce(p_turn_id, t.id);
    return;
  end if;
  perform pg_catalog.pg_advisory_xact_lock_shared(h.lock)
  from (
    select distinct kinkster.hour_lock(pg_catalog.date_trunc('hour', t.created_at, 'UTC')) as lock
    from public.kinkster_turns as t
    where t.user_id = p_user_id and t.conversation_id = p_conversation_id and t.id = coalesce(p_turn_id, t.id)
  ) as h;

  insert into kinkster.hourly_turns (
    kinkster_id, day, hour, provider, model,
    turns, in_flight, completed, cancelled, failed, failed_unavailable, failed_limited, failed_rejected,
    failed_misbehaved, failed_by_model, failed_by_us, chained, rebuilt, rebuilt_provider_changed,
    rebuilt_limits_changed, rebuilt_unfinished, rebuilt_branched, rebuilt_stateless, rebuilt_forgotten, tokens_known,
    input_tokens, cached_tokens, cache_write_tokens, output_tokens, reasoning_tokens, streamed_characters, streamed_ms,
    cost_known, cost_usd, priced, cost_unknown, rated_good, rated_bad, first_text_times, duration_times
  )
  select
    m.kinkster_id, (h.hour at time zone 'UTC')::date, h.hour, m.provider, m.model,
    -sum(m.turns), -sum(m.in_flight), -sum(m.completed), -sum(m.cancelled), -sum(m.failed), -sum(m.failed_unavailable),
    -sum(m.failed_limited), -sum(m.failed_rejected), -sum(m.failed_misbehaved), -sum(m.failed_by_model),
    -sum(m.failed_by_us), -sum(m.chained), -sum(m.rebuilt), -sum(m.rebuilt_provider_changed),
    -sum(m.rebuilt_limits_changed), -sum(m.rebuilt_unfinished), -sum(m.rebuilt_branched), -sum(m.rebuilt_stateless),
    -sum(m.rebuilt_forgotten), -sum(m.tokens_known), -sum(m.input_tokens), -sum(m.cached_tokens),
    -sum(m.cache_write_tokens), -sum(m.output_tokens), -sum(m.reasoning_tokens), -sum(m.streamed_characters),
    -sum(m.streamed_ms), -sum(m.cost_known), -sum(m.cost_usd), -sum(m.priced), -sum(m.cost_unknown),
    -sum(m.rated_good), -sum(m.rated_bad), -sum(m.first_text_times), -sum(m.duration_times)
  from kinkster.measured_turns as m
  cross join lateral (select pg_catalog.date_trunc('hour', m.created_at, 'UTC') as hour) as h
  where m.user_id = p_user_id
    and m.conversation_id = p_conversation_id
    and m.turn_id = coalesce(p_turn_id, m.turn_id)
    and h.hour < kinkster.rolled_until()
    and not exists (select from kinkster.open_hours as o where o.hour = h.hour)
  group by grouping sets ((h.hour, m.kinkster_id, m.provider, m.model), (h.hour, m.provider, m.model));
end
$$;

comment on function kinkster.take_back_turns(uuid, uuid, uuid) is
  'Takes a turn, or all of a conversation (p_turn_id null), out of kinkster.hourly_turns, in the transaction that deletes them.';

revoke execute on function kinkster.take_back_turns(uuid, uuid, uuid) from public, anon, authenticated, service_role;
