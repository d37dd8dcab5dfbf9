-- People of a benchmark. Ids follow from numbers, so that a script of pgbench can name any: md5('user 2')::uuid.
insert into auth.users (id) select md5('user ' || n)::uuid from generate_series(1, :users) as n;
insert into public.profiles (id, email, hard_limits, soft_limits, safewords, notion_kinksters_database_id)
select u.id, u.id || '@example.com', array['heights'], array['crowds'], array['red', 'stop now'],
  '2fa1b7c46f8a4d3e9b0c5d7e8f901234'
from auth.users as u;
