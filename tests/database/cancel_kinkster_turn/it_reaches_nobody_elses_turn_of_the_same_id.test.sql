begin;
\ir ../setup.psql
select plan(2);

-- A request id is the client's to choose, so two users may have the same one.
select gen_random_uuid() as request \gset
select pg_temp.new_kinkster(null, '{"provider": "openai_responses"}') as kinkster \gset
select pg_temp.began(:'ada', :'kinkster', 'Hello', null, :'request') as adas \gset
select pg_temp.began(:'bea', :'kinkster', 'Hello', null, :'request') as beas \gset
select pg_temp.as_user(:'bea', 'select cancel_kinkster_turn(%L)', :'request') as x \gset

select is((select status from public.kinkster_turns where user_id = :'ada'), 'streaming', 'Ada''s goes on');
select is(pg_temp.settled(:'adas') ->> 'status', 'completed', 'to its end');

select * from finish();
rollback;
