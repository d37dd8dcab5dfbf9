-- A month of an application's turns for tests/metrics_at_scale.py, which puts numbers for :turns, :users and :characters. Few
-- characters have most of the turns (the first 20 are the system's), and few users too. It ends 59 minutes past the hour.
select setseed(0.6);

update kinkster.settings set
  clock_offset = date_trunc('hour', now()) + interval '59 minutes' - now(),
  flowise_monthly_cost_usd = 60;

insert into auth.users (id) select md5('user ' || n)::uuid from generate_series(1, :users) as n;
insert into public.profiles (id, email)
select md5('user ' || n)::uuid, n || '@example.com' from generate_series(1, :users) as n;

insert into public.kinksters (id, user_id, name, is_system_kinkster, provider)
select
  md5('character ' || n)::uuid,
  case when n > 20 then md5('user ' || n - 20)::uuid end,
  'Mira ' || n,
  n <= 20,
  case when n % 5 < 2 then 'flowise' else 'openai_responses' end
from generate_series(1, :characters) as n;

-- Each user's own character, and the system's.
insert into public.kinkster_conversations (user_id, id, kinkster_id, state, created_at, updated_at)
select
  md5('user ' || u)::uuid,
  md5('conversation ' || u || ' ' || c)::uuid,
  md5('character ' || case c when 0 then least(u + 20, :characters) else c end)::uuid,
  'active',
  now() - interval '31 days',
  now()
from generate_series(1, :users) as u, generate_series(0, 20) as c;

insert into public.kinkster_turns (
  user_id, id, conversation_id, created_at, message, status, reply, provider, api, model, continuity, rebuilt_because,
  attempts, worker, lease, lease_expires_at, started_at, finished_at, first_text_ms, input_tokens, cached_tokens, output_tokens,
  reasoning_tokens, error_code, error_message, error_hint, is_shown, safeword_seen, cost_usd, prompt_sha256, limits_sha256
)
select
  md5('user ' || s.u)::uuid,
  gen_random_uuid(),
  md5('conversation ' || s.u || ' ' || s.c)::uuid,
  s.at,
  repeat('Tell me more. ', 1 + (10 * random())::integer),
  s.status,
  case when s.status = 'completed' then repeat('And so they sat by the fire. ', 1 + (25 * s.r3 * s.r3)::integer) else '' end,
  a.provider,
  case when s.status = 'completed' then case a.provider when 'flowise' then 'flowise' else 'responses' end end,
  a.model,
  case when a.provider is not null then case when s.r1 < 0.03 then 'new' when s.r1 < 0.09 then 'rebuilt' else 'chained' end end,
  case when a.provider is not null and s.r1 >= 0.03 and s.r1 < 0.09 then
    (array['provider_changed', 'limits_changed', 'unfinished', 'branched', 'stateless', 'forgotten'])[1 + (599 * s.r2)::integer / 100]
  end,
  1,
  'a worker',
  gen_random_uuid(),
  s.at + interval '1 minute',
  case when a.provider is not null then s.at + interval '20 milliseconds' end,
  case when s.status not in ('queued', 'streaming') then
    s.at + make_interval(secs => 0.02 + (s.first_ms + 2500 * exp(0.7 * s.z2)) / 1000)
  end,
  case when s.status = 'completed' and a.provider is not null then s.first_ms::integer end,
  case when a.has_usage then 600 + (2000 * s.r2)::integer end,
  case when a.has_usage then (500 * s.r3)::integer end,
  case when a.has_usage then 20 + (180 * s.r3 * s.r3)::integer end,
  case when a.has_usage and a.model = 'gpt-5-mini' then (15 * s.r1)::integer end,
  s.error_code,
  case when s.error_code is not null then 'It did not work.' end,
  case when s.error_code is not null then 'Send the message again.' end,
  s.status = 'completed',
  a.provider is null,
  case when a.has_usage and s.r2 > 0.03 then round(0.0000007 * (600 + (2000 * s.r2)::integer), 8) end,
  repeat('a', 64),
  repeat('b', 64)
from (
  select
    b.*,
    case
      when b.n > :turns - 20 then 'streaming'
      when b.kind < 0.04 then 'failed'
      when b.kind < 0.065 then 'cancelled'
      else 'completed'
    end as status,
    case
      when b.n > :turns - 20 then null
      when b.kind < 0.04 then (array[
        'provider_unreachable', 'provider_timeout', 'provider_unavailable', 'provider_rate_limited',
        'provider_quota_exhausted', 'provider_rejected', 'provider_misbehaved', 'reply_cut_off', 'reply_empty',
        'reply_incomplete', 'reply_filtered', 'reply_refused', 'worker_lost', 'database_lost', 'worker_error',
        'provider_error'
      ])[1 + (b.r2 * 15.99)::integer % 16]
      when b.kind < 0.065 then case when b.r2 < 0.9 then 'cancelled' else 'client_gone' end
    end as error_code,
    exp(6.6 + 0.5 * b.z1 + case when b.c % 5 < 2 then 0.6 else 0 end) as first_ms
  from (
    select
      g.n,
      1 + floor(:users * power(random(), 2))::integer as u,
      case when random() < 0.5 then 0 else 1 + floor(20 * power(random(), 2))::integer end as c,
      -- Twice as many as on average at the end of each 24 hours, which is the present; two thirds in the middle.
      (select kinkster.now()) - interval '31 days' * (1 - g.n::double precision / :turns)
        + interval '1 second' * (6840 * sin(2 * pi() * 31 * (1 - g.n::double precision / :turns))) as at,
      random() as kind,
      random() as r1,
      random() as r2,
      random() as r3,
      sqrt(-2 * ln(1 - random())) * cos(2 * pi() * random()) as z1,
      sqrt(-2 * ln(1 - random())) * cos(2 * pi() * random()) as z2
    from generate_series(1, :turns) as g (n)
  ) as b
) as s
cross join lateral (
  select case when s.c = 0 then least(s.u + 20, :characters) else s.c end as character
) as k
cross join lateral (
  select
    case
      when s.kind > 0.995 then null
      when k.character % 5 < 2 then 'flowise'
      else 'openai_responses'
    end as provider
) as p
cross join lateral (
  select
    p.provider,
    case
      when p.provider = 'flowise' then case when s.r3 < 0.3 and s.status = 'completed' then 'gpt-4o-mini' end
      when p.provider = 'openai_responses' then
        (array['gpt-4o-mini', 'gpt-4.1-mini', 'gpt-5-mini', 'gpt-4o', 'gpt-4o-mini'])[1 + k.character / 5 % 5]
    end as model
) as m
cross join lateral (
  select m.provider, m.model, s.status = 'completed' and m.model is not null and m.provider is not null as has_usage
) as a;

insert into public.kinkster_ratings (user_id, turn_id, rating)
select t.user_id, t.id, case when random() < 0.8 then 1 else -1 end
from public.kinkster_turns as t
where t.status = 'completed' and t.provider is not null and random() < 0.02;
