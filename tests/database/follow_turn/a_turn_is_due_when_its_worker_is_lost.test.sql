begin;
\ir ../setup.psql
select plan(4);

select pg_temp.began(:'ada', pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}')) as began \gset
select :'began'::jsonb #>> '{plan,turn_id}' as turn \gset

select is(pg_temp.followed(:'ada', :'turn') -> 'due', 'false', 'while the lease runs');
select pg_temp.later('59 seconds');
select is(pg_temp.followed(:'ada', :'turn') -> 'due', 'false', 'to its last second');
select pg_temp.later('1 second');
select is(pg_temp.followed(:'ada', :'turn') -> 'due', 'true', 'and no longer');
select is(pg_temp.claimed(:'ada', :'turn') ->> 'state', 'claimed', 'then who reads along may claim it');

select * from finish();
rollback;
