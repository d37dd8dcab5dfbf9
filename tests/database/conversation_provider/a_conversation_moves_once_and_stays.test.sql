begin;
\ir ../setup.psql
\ir ../rollout.psql
select plan(9);

select pg_temp.simple(:'ada', 'K' || n) from generate_series(1, 10) as n;
select pg_temp.simple(null, 'The system''s') as kinkster \gset
select pg_temp.operator('plan_kinkster_rollout()') as x, pg_temp.operator('start_kinkster_rollout()') as y \gset
update kinkster.rollout_kinksters set stage = 3 where kinkster_id = :'kinkster';
update kinkster.rollout_kinksters set stage = 2 where stage = 3 and kinkster_id <> :'kinkster';
insert into public.kinkster_conversations (user_id, kinkster_id) select :'ada', :'kinkster' from generate_series(1, 400);
-- One turn in each of them, and which moved.
create function pg_temp.round() returns integer language plpgsql as $$
begin
  perform kinkster.conversation_provider(k, c.user_id, c.id, c.rollout_id)
  from public.kinkster_conversations as c join public.kinksters as k on k.id = c.kinkster_id;
  return (select count(*) from public.kinkster_conversations where rollout_id is not null);
end $$;
create function pg_temp.step(p_share integer default null) returns void language sql as $$
  select pg_temp.operator('advance_kinkster_rollout(p_share => %L, p_anyway => true)', p_share::text)
$$;
select is(pg_temp.round(), 0, 'before its stage nobody moves');
select pg_temp.step(), pg_temp.step();
select is((select share from kinkster.rollouts), 25, 'in the third stage a quarter does');
select ok(pg_temp.round() between 60 and 140, 'about so many');
select kinkster_id as early from kinkster.rollout_kinksters where stage < 3 limit 1 \gset
insert into public.kinkster_conversations (user_id, kinkster_id) select :'ada', :'early' from generate_series(1, 20);
select pg_temp.round() as x \gset
select is(
  (select count(*)::integer from public.kinkster_conversations where kinkster_id = :'early' and rollout_id is not null), 20,
  'but all of those who came before'
);
delete from public.kinkster_conversations where kinkster_id = :'early';
create temp table moved as select id from public.kinkster_conversations where rollout_id is not null;
select is(pg_temp.round(), (select count(*)::integer from moved), 'turn after turn the same');
select pg_temp.step();
select ok(pg_temp.round() between 150 and 250, 'raising the share moves more');
select is(
  (select count(*)::integer from moved as m join public.kinkster_conversations as c on c.id = m.id where c.rollout_id is null), 0,
  'and nobody back'
);
select pg_temp.step();
select is(pg_temp.round(), 400, 'until all have moved');
select is(
  (select kinkster.conversation_provider(k, c.user_id, c.id, c.rollout_id)
   from public.kinkster_conversations as c join public.kinksters as k on k.id = c.kinkster_id limit 1),
  'openai_responses', 'to the other provider'
);

select * from finish();
rollback;
