begin;
\ir ../setup.psql
select plan(4);

select is((select count(*) from public.kinkster_messages), 0::bigint, 'nothing was said');
select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}') as kinkster \gset
select pg_temp.talked(:'ada', :'kinkster', 'One', '{"reply": "1"}') as x \gset
select pg_temp.talked(:'ada', :'kinkster', 'Two', '{"reply": "2"}') as x \gset
select pg_temp.talked(:'ada', :'kinkster', 'Three', :'failed') as x \gset
select pg_temp.began(:'ada', :'kinkster', 'Four') as x \gset
select pg_temp.talked(:'bea', pg_temp.new_kinkster(null, '{"provider": "openai_responses"}'), 'Secret') as x \gset

select is(
  pg_temp.as_user(:'ada', 'select string_agg(role || '' '' || content || '' '' || status, '', '') from kinkster_messages'),
  'user One completed, assistant 1 completed, user Two completed, assistant 2 completed, user Three failed, user Four streaming',
  'in the order in which they were said; an empty reply is no message'
);
select is(
  pg_temp.as_user(:'bea', 'select string_agg(content, '', '') from kinkster_messages'), 'Secret, Well met.',
  'each user reads their own'
);
select is(
  (select array_agg(column_name::text order by ordinal_position) from information_schema.columns where table_name = 'kinkster_messages'),
  array['user_id', 'conversation_id', 'turn_id', 'position', 'role', 'content', 'status', 'parent_turn_id', 'created_at'],
  'what clients may rely on'
);

select * from finish();
rollback;
