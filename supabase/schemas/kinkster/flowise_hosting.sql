-- What running Flowise costs for each of its messages: the month's cost, of the present month as much as is over, spread over
-- the replies of that month.
create or replace view kinkster.flowise_hosting
  with (security_invoker = true)
as
select
  m.month,
  m.messages,
  m.usd,
  m.usd / m.messages as usd_per_message
from (
  select
    g.month,
    g.messages,
    s.flowise_monthly_cost_usd
    * extract(epoch from least(kinkster.now(), span.ends) - greatest(span.starts, g.first_day::timestamp at time zone 'UTC'))
    / extract(epoch from span.ends - span.starts) as usd
  from (
    select
      pg_catalog.date_trunc('month', t.day)::date as month,
      sum(t.completed) as messages,
      min(min(t.day)) over () as first_day
    from kinkster.turn_sums as t
    where
      t.kinkster_id is null
      and t.provider = 'flowise'
      and (select o.flowise_monthly_cost_usd is not null from kinkster.settings as o)
    group by 1
  ) as g
  cross join lateral (
    select
      g.month::timestamp at time zone 'UTC' as starts,
      (g.month + interval '1 month') at time zone 'UTC' as ends
  ) as span
  cross join kinkster.settings as s
) as m
where m.messages > 0 and m.usd is not null;

comment on view kinkster.flowise_hosting is
  'settings.flowise_monthly_cost_usd spread over the messages of each month (UTC), from Flowise''s first turn on; no rows while it is not known.';
comment on column kinkster.flowise_hosting.month is 'First day of the month.';
comment on column kinkster.flowise_hosting.messages is 'Whole replies of Flowise in it.';
comment on column kinkster.flowise_hosting.usd is 'US dollars for the month, or for as much of it as is over.';
comment on column kinkster.flowise_hosting.usd_per_message is 'US dollars for each of those messages.';

revoke all on kinkster.flowise_hosting from public, anon, authenticated, service_role;
grant select on kinkster.flowise_hosting to service_role;
