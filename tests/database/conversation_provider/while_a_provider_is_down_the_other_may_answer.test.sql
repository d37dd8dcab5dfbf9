begin;
\ir ../setup.psql
\ir ../rollout.psql
select plan(5);

select pg_temp.simple(:'ada') as kinkster \gset
select pg_temp.operator('plan_kinkster_rollout()') as x, pg_temp.operator('start_kinkster_rollout()') as y \gset
update kinkster.breakers set failures = 5, open_until = kinkster.now() + interval '30 seconds' where provider = 'openai_responses';
select pg_temp.began(:'ada', :'kinkster', 'One') as one \gset
select is(:'one'::jsonb ->> 'state', 'waiting', 'a turn that moves waits for its provider');
update kinkster.settings set reroute_while_down = true;
select pg_temp.later('12 seconds');
select pg_temp.claimed(:'ada', (select id from public.kinkster_turns)) as claimed \gset
select is(:'claimed'::jsonb #>> '{plan,provider}', 'flowise', 'or goes to the other one');
select is((select rerouted_from from public.kinkster_turns), 'openai_responses', 'which is noted');
select pg_temp.settled(:'claimed') as x \gset
update kinkster.breakers set failures = 0, open_until = null;
select is(pg_temp.answers(:'ada', :'kinkster'), 'openai_responses', 'then it goes where it has moved');
select is((select rerouted_from from public.kinkster_turns order by created_at desc limit 1), null, 'on its own way');

select * from finish();
rollback;
