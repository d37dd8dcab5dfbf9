begin;
\ir ../setup.psql
select plan(3);

select is(kinkster.schema_version(), 1, 'the version that workers know');
select is(pg_temp.as_role('kinkster_worker', null, 'select kinkster.schema_version()'), '1', 'they may ask');
select alike(pg_temp.refusal(:'ada', 'select kinkster.schema_version()'), '42501: %', 'users need not');

select * from finish();
rollback;
