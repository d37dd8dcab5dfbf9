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
  h.turns, h.in_flight, h.completed, h.cancelled, h.failed, h.failed_unavailable, h.failed_limited, h.failed_rejected,
  h.failed_misbehaved, h.failed_by_model, h.failed_by_us, h.chained, h.rebuilt, h.rebuilt_provider_changed,
  h.rebuilt_limits_changed, h.rebuilt_unfinished, h.rebuilt_branched, h.rebuilt_stateless, h.rebuilt_forgotten,
  h.input_tokens, h.cached_tokens, h.cache_write_tokens, h.output_tokens, h.reasoning_tokens, h.streamed_characters,
  h.streamed_ms, h.cost_usd, h.priced, h.cost_unknown, h.rated_good, h.rated_bad, h.first_text_times, h.duration_times
from kinkster.hourly_turns as h
where h.hour < (select s.rolled_until from kinkster.roll_up_state as s)
  and not exists (select from kinkster.open_hours as o where o.hour = h.hour)
union all
select
  whose.kinkster_id,
  (m.created_at at time zone 'UTC')::date as day,
  pg_catalog.date_trunc('hour', m.created_at, 'UTC') as hour,
  m.provider,
  m.model,
  m.turns, m.in_flight, m.completed, m.cancelled, m.failed, m.failed_unavailable, m.failed_limited, m.failed_rejected,
  m.failed_misbehaved, m.failed_by_model, m.failed_by_us, m.chained, m.rebuilt, m.rebuilt_provider_changed,
  m.rebuilt_limits_changed, m.rebuilt_unfinished, m.rebuilt_branched, m.rebuilt_stateless, m.rebuilt_forgotten,
  m.input_tokens, m.cached_tokens, m.cache_write_tokens, m.output_tokens, m.reasoning_tokens, m.streamed_characters,
  m.streamed_ms, m.cost_usd, m.priced, m.cost_unknown, m.rated_good, m.rated_bad, m.first_text_times, m.duration_times
from kinkster.turns_not_rolled_up() as m
cross join lateral (values (null::uuid), (m.kinkster_id)) as whose (kinkster_id);

comment on view kinkster.turn_hours is
  'What is to be summed for any figure of the operator: rows of hours that are rolled up, and one row per turn for the others, each both for its character and for all (kinkster_id null). Columns as in kinkster.hourly_turns.';

revoke all on kinkster.turn_hours from public, anon, authenticated, service_role;
grant select on kinkster.turn_hours to service_role;
