-- Adds up one hour, unless somebody is just changing a turn of it. The lock comes first: who changes it afterwards waits
-- until this is done, and then opens the hour again (reopen_hour).
create or replace function kinkster.roll_up_hour(p_hour timestamptz)
  returns boolean
  language plpgsql
  volatile
  security definer
  set search_path = ''
  set plan_cache_mode = 'force_custom_plan'
as $$
begin
  if not pg_catalog.pg_try_advisory_xact_lock(kinkster.hour_lock(p_hour)) then
    return false;
  end if;
  delete from kinkster.hourly_turns as h where h.hour = p_hour;
  delete from kinkster.open_hours as o where o.hour = p_hour;
  if exists (
    select
    from public.kinkster_turns as t
    where t.created_at >= p_hour and t.created_at < p_hour + interval '1 hour' and t.status in ('queued', 'streaming')
  ) then
    insert into kinkster.open_hours (hour) values (p_hour);
    return true;
  end if;

  insert into kinkster.hourly_turns (
    kinkster_id, day, hour, provider, model,
    turns, in_flight, completed, cancelled, failed, failed_unavailable, failed_limited, failed_rejected,
    failed_misbehaved, failed_by_model, failed_by_us, chained, rebuilt, rebuilt_provider_changed,
    rebuilt_limits_changed, rebuilt_unfinished, rebuilt_branched, rebuilt_stateless, rebuilt_forgotten, tokens_known,
    input_tokens, cached_tokens, cache_write_tokens, output_tokens, reasoning_tokens, streamed_characters, streamed_ms,
    cost_known, cost_usd, priced, cost_unknown, rated_good, rated_bad, first_text_times, duration_times
  )
  select
    m.kinkster_id, (p_hour at time zone 'UTC')::date, p_hour, m.provider, m.model,
    sum(m.turns), sum(m.in_flight), sum(m.completed), sum(m.cancelled), sum(m.failed), sum(m.failed_unavailable),
    sum(m.failed_limited), sum(m.failed_rejected), sum(m.failed_misbehaved), sum(m.failed_by_model),
    sum(m.failed_by_us), sum(m.chained), sum(m.rebuilt), sum(m.rebuilt_provider_changed),
    sum(m.rebuilt_limits_changed), sum(m.rebuilt_unfinished), sum(m.rebuilt_branched), sum(m.rebuilt_stateless),
    sum(m.rebuilt_forgotten), sum(m.tokens_known), sum(m.input_tokens), sum(m.cached_tokens),
    sum(m.cache_write_tokens), sum(m.output_tokens), sum(m.reasoning_tokens), sum(m.streamed_characters),
    sum(m.streamed_ms), sum(m.cost_known), sum(m.cost_usd), sum(m.priced), sum(m.cost_unknown), sum(m.rated_good),
    sum(m.rated_bad), sum(m.first_text_times), sum(m.duration_times)
  from kinkster.measured_turns as m
  where m.created_at >= p_hour and m.created_at < p_hour + interval '1 hour'
  group by grouping sets ((m.kinkster_id, m.provider, m.model), (m.provider, m.model));
  return true;
end
$$;

comment on function kinkster.roll_up_hour(timestamptz) is
  'Writes the sums of the hour that begins at p_hour, or leaves it open while a turn of it is in flight. False when somebody is changing it: try again later.';

revoke execute on function kinkster.roll_up_hour(timestamptz) from public, anon, authenticated, service_role;
