-- The next turn of one of :conversations, drawn from all. :outcome is put in before.
\set c random(1, :conversations)
select d.user_id, r #>> '{plan,turn_id}' as turn_id, r #>> '{plan,lease}' as lease
from public.bench_conversation(:c::integer) as d
cross join lateral kinkster.begin_turn(
  jsonb_build_object('sub', d.user_id, 'role', 'authenticated'), d.kinkster_id, 'Hello there, how was your day?', d.id,
  gen_random_uuid(), '/api/chat', 'a worker', false
) as r
\gset
select kinkster.settle_turn(:user_id, :turn_id, :lease, ':outcome'::jsonb);
