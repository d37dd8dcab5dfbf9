begin;
\ir ../setup.psql
\ir ../rollout.psql
select plan(4);

select pg_temp.simple(:'ada') as kinkster \gset
select pg_temp.operator('plan_kinkster_rollout()') as x, pg_temp.operator('start_kinkster_rollout()') as y \gset
select is(
  pg_temp.as_user(:'ada', 'select get_kinkster_chat_config(%L) ->> ''endpoint''', :'kinkster'), '/api/flowise/chat', 'a client that routes itself asks'
);
select pg_temp.began(:'ada', :'kinkster', 'One', null, gen_random_uuid(), '/api/flowise/chat') as began \gset
select is(:'began'::jsonb #>> '{plan,provider}', 'openai_responses', 'posts, and is answered by whoever answers');
select pg_temp.settled(:'began') as x \gset
select pg_temp.operator('advance_kinkster_rollout(p_anyway => true)') as x \gset
select is(
  pg_temp.as_user(:'ada', 'select get_kinkster_chat_config(%L) ->> ''endpoint''', :'kinkster'), '/api/kinksters/chat', 'until the end of the rollout'
);
select is((select count(*)::integer from public.kinkster_turns where status = 'completed'), 1, 'with nothing lost');

select * from finish();
rollback;
