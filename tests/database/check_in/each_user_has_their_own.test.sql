begin;
\ir ../setup.psql
select plan(4);

select pg_temp.new_kinkster(null, '{"provider": "openai_responses"}') as system \gset
select pg_temp.changed(:'ada', 'update profiles set safewords = ''{"blue moon",🛑}''') as x \gset
select pg_temp.changed(:'bea', 'update profiles set safewords = ''{}''') as x \gset
\set seen 'select send_kinkster_message(%L, %L) -> ''safeword_seen'''

select is(pg_temp.began(:'ada', :'system', 'safeword') ->> 'state', 'claimed', 'the first one is none any more');
select is(pg_temp.as_user(:'ada', :'seen', :'system', 'BLUE MOON, please'), 'true', 'her own is');
select is(pg_temp.as_user(:'ada', :'seen', :'system', 'no 🛑'), 'true', 'and her other');
select is(pg_temp.as_user(:'bea', :'seen', :'system', 'safeword blue moon 🛑'), 'false', 'who wants none has none');

select * from finish();
rollback;
