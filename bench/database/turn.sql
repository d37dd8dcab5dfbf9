-- A whole turn for pgbench, which sets clients: each has users of its own, since a conversation answers one message at
-- a time. :outcome is put in before.
\set n random(0, 512 / :clients - 1) * :clients + :client_id + 1
select p.user_id, r #>> '{plan,turn_id}' as turn_id, r #>> '{plan,lease}' as lease
from public.bench_people as p
cross join lateral kinkster.begin_turn(
  jsonb_build_object('sub', p.user_id, 'role', 'authenticated'), p.kinkster_id, 'Hello there, how was your day?',
  null, gen_random_uuid(), '/api/chat', 'a worker', false
) as r
where p.n = :n
\gset
select kinkster.settle_turn(:user_id, :turn_id, :lease, ':outcome'::jsonb);
