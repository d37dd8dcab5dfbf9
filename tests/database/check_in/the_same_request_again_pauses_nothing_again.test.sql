begin;
\ir ../setup.psql
select plan(6);

select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}') as kinkster \gset
select gen_random_uuid() as request \gset
select pg_temp.began(:'ada', :'kinkster', 'safeword', null, :'request') as first \gset
select :'first'::jsonb ->> 'conversation_id' as conversation \gset
select pg_temp.began(:'ada', :'kinkster', 'safeword', null, :'request') as second \gset

select is(:'second'::jsonb, :'first'::jsonb, 'the same answer');
select is((select count(*) from public.kinkster_turns), 1::bigint, 'one turn');
select pg_temp.as_user(:'ada', 'select resume_kinkster_conversation(%L)', :'conversation') as x \gset
select pg_temp.talked(:'ada', :'kinkster', 'I am well again.') as x \gset
select is(pg_temp.began(:'ada', :'kinkster', 'safeword', null, :'request'), :'first'::jsonb, 'and once more, after going on');
select is((select state from public.kinkster_conversations), 'active', 'which goes on');
select pg_temp.began(:'ada', :'kinkster', 'safeword') as x \gset
select is((select state from public.kinkster_conversations), 'paused', 'another request is another safeword');
select is(
  (select array_agg(message order by created_at) from public.kinkster_turns), array['safeword', 'I am well again.', 'safeword'], 'all are kept'
);

select * from finish();
rollback;
