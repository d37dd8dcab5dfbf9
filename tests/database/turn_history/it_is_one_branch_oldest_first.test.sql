begin;
\ir ../setup.psql
select plan(4);

select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}') as kinkster \gset
select is(kinkster.turn_history(:'ada', null), '[]', 'before the first turn there is nothing');
select pg_temp.talked(:'ada', :'kinkster', 'One', '{"reply": "1"}') #>> '{plan,turn_id}' as one \gset
select pg_temp.talked(:'ada', :'kinkster', 'Two', '{"reply": "2"}') #>> '{plan,turn_id}' as two \gset
select pg_temp.changed(:'ada', 'update kinkster_conversations set head_turn_id = %L', :'one') as x \gset
select pg_temp.talked(:'ada', :'kinkster', 'Two again', '{"reply": "2a"}') #>> '{plan,turn_id}' as sibling \gset

create function pg_temp.said(p_turn uuid) returns text language sql as $$
  select string_agg(left(m ->> 'role', 1) || ':' || (m ->> 'content'), ' ')
  from jsonb_array_elements(kinkster.turn_history('00000000-0000-4000-8000-00000000ada0', p_turn)) as m
$$;

select is(pg_temp.said(:'two'), 'u:One a:1 u:Two a:2', 'the first branch');
select is(pg_temp.said(:'sibling'), 'u:One a:1 u:Two again a:2a', 'the second');
select is(kinkster.turn_history(:'bea', :'two'), '[]', 'another user''s is not told');

select * from finish();
rollback;
