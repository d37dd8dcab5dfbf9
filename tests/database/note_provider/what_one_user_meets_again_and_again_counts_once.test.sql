begin;
\ir ../setup.psql
select plan(4);

create function pg_temp.failures() returns int language sql as $$ select failures from kinkster.breakers where provider = 'flowise' $$;
select kinkster.note_provider('flowise', :'ada', 'provider_timeout') from generate_series(1, 9);
select is(pg_temp.failures(), 1, 'a broken chatflow of one''s own shuts nobody else out');
select kinkster.note_provider('flowise', :'bea', 'provider_timeout');
select kinkster.note_provider('flowise', :'ada', 'provider_misbehaved');
select is(pg_temp.failures(), 3, 'others that meet it too count');
select kinkster.note_provider('flowise', :'ada', 'provider_unreachable');
select is(pg_temp.failures(), 4, 'nobody makes a provider unreachable');
update kinkster.breakers set open_until = now();
select kinkster.note_provider('flowise', :'ada', 'provider_timeout');
select is(pg_temp.failures(), 5, 'and the one that tries counts, whoever it is');

select * from finish();
rollback;
