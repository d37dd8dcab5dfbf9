-- Conversations :first to :last of :conversations, each with :each turns a minute apart, somewhen in the 31 days before the
-- last two hours.
insert into public.kinkster_conversations (user_id, id, kinkster_id, head_turn_id, created_at, updated_at)
select d.user_id, d.id, d.kinkster_id, md5('turn ' || c || ' ' || :each)::uuid, a.began, a.began + interval '1 minute' * :each
from generate_series(:first, :last) as c
cross join lateral public.bench_conversation(c) as d
cross join lateral (
  select now() - interval '2 hours' - interval '31 days' * (1 - c::double precision / :conversations) as began
) as a;

insert into public.kinkster_turns (
  user_id, id, conversation_id, parent_turn_id, created_at, started_at, finished_at, lease_expires_at, message, reply, model,
  continuity, first_text_ms, status, provider, api, response_id, prompt_sha256, limits_sha256, limits, attempts, worker, lease,
  input_tokens, cached_tokens, output_tokens, reasoning_tokens, is_shown, cost_usd
)
select
  d.user_id, md5('turn ' || c || ' ' || i)::uuid, d.id, case when i > 1 then md5('turn ' || c || ' ' || i - 1)::uuid end,
  a.at, a.at + interval '20 milliseconds', a.at + interval '3 seconds', a.at + interval '1 minute', t.message, t.reply,
  (array['gpt-4o-mini', 'gpt-4.1-mini', 'gpt-5-mini', 'gpt-4o'])[c % 4 + 1],
  case when i > 1 then 'chained' else 'new' end, 300 + (c * 7 + i * 13) % 900,
  t.status, t.provider, t.api, t.response_id, t.prompt_sha256, t.limits_sha256, t.limits, t.attempts, t.worker, t.lease,
  t.input_tokens, t.cached_tokens, t.output_tokens, t.reasoning_tokens, t.is_shown, t.cost_usd
from generate_series(:first, :last) as c
cross join generate_series(1, :each) as i
cross join public.bench_turn as t
cross join lateral public.bench_conversation(c) as d
cross join lateral (
  select
    now() - interval '2 hours' - interval '31 days' * (1 - c::double precision / :conversations) + interval '1 minute' * i as at
) as a;
