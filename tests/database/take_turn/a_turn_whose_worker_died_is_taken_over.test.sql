begin;
\ir ../setup.psql
select plan(3);

select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}') as kinkster \gset
select gen_random_uuid() as request \gset
select pg_temp.began(:'ada', :'kinkster', 'Hello', null, :'request') as first \gset
update kinkster.settings set clock_offset = '61 seconds';
select pg_temp.began(:'ada', :'kinkster', 'Hello', null, :'request') as second \gset

select is(:'second'::jsonb ->> 'state', 'claimed', 'the same request again claims the same turn');
select is(:'second'::jsonb #>> '{plan,turn_id}', :'request', 'which is still the only one');
select is(:'second'::jsonb #>> '{plan,attempt}', '1', 'with all its attempts: a user has asked again');

select * from finish();
rollback;
