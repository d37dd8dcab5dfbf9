begin;
\ir ../setup.psql
select plan(4);

update kinkster.settings set max_attempts = 1;
select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}') as kinkster \gset
select pg_temp.began(:'ada', :'kinkster') as began \gset
select :'began'::jsonb #>> '{plan,turn_id}' as turn \gset
select is(pg_temp.settled(:'began', :'unavailable') ->> 'status', 'failed', 'the only attempt fails');
select pg_temp.began(:'ada', :'kinkster', p_request => :'turn') as again \gset
select is(:'again'::jsonb ->> 'state', 'claimed', 'the same request is another try');
select ok((select asked_again_at > created_at from public.kinkster_turns), 'it is noted');
select is(pg_temp.settled(:'again') ->> 'status', 'completed', 'which may succeed');

select * from finish();
rollback;
