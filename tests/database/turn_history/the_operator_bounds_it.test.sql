begin;
\ir ../setup.psql
select plan(5);

select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}') as kinkster \gset
select pg_temp.talked(:'ada', :'kinkster', number || repeat('x', 199), jsonb_build_object('reply', repeat('y', 200)))
from generate_series(1, 5) as number \g /dev/null
select id as last from public.kinkster_turns order by created_at desc limit 1 \gset

create function pg_temp.told(p_turn uuid) returns text language sql as $$
  select string_agg(left(m ->> 'content', 1), '')
  from jsonb_array_elements(kinkster.turn_history('00000000-0000-4000-8000-00000000ada0', p_turn)) as m
$$;

select is(pg_temp.told(:'last'), '1y2y3y4y5y', 'five turns');
update kinkster.settings set context_turns = 3;
select is(pg_temp.told(:'last'), '3y4y5y', 'at most three turns, the last ones');
update kinkster.settings set context_turns = 40, context_characters = 1000;
select is(pg_temp.told(:'last'), '4y5y', 'at most 1,000 characters, whole turns');
update public.kinkster_turns set reply = repeat('z', 5000) where id = :'last';
select is(pg_temp.told(:'last'), '5z', 'the nearest turn is told however long it is');
update public.kinkster_turns set reply = repeat('y', 200) where id = :'last';
update public.kinkster_turns set reply = repeat('z', 5000) where message like '3%';
select is(pg_temp.told(:'last'), '4y5y', 'nothing before a gap');

select * from finish();
rollback;
