begin;
\ir ../notion.psql
select plan(11);

select pg_temp.new_kinkster(:'ada') as kinkster \gset
select pg_temp.connected(:'ada', p_database => '0A1B2C3D4E5F67898ABCDEF012345678') as x \gset
select pg_temp.claimed() as claim \gset
select is(:'claim'::jsonb ->> 'database_id', '0a1b2c3d-4e5f-6789-8abc-def012345678', 'a database has its id in one form');
select is(
  pg_temp.under(:'claim', 'note_notion_source', '0a1b2c3d4e5f67898abcdef012345678', '1A1B2C3D4E5F67898ABCDEF012345678'), '', 'noted'
);
select pg_temp.released(:'claim') as x, pg_temp.claimed() as second \gset
select is(
  :'second'::jsonb ->> 'data_source_id', '1a1b2c3d-4e5f-6789-8abc-def012345678', 'whoever comes next need not ask'
);
select is(
  pg_temp.refused_under(:'claim', 'note_notion_source', '0a1b2c3d4e5f67898abcdef012345678', 'another'), :'notion_lease_lost',
  'nobody notes anything without the lease'
);

update public.profiles set notion_kinksters_database_id = 'another-database' where id = :'ada';
select pg_temp.released(:'second') as x, pg_temp.claimed() as third \gset
select is(
  array[:'third'::jsonb ->> 'database_id', :'third'::jsonb ->> 'data_source_id'], array['another-database', null],
  'a user chooses another database: its source is not known'
);
select pg_temp.under(:'third', 'note_notion_source', 'another-database', 'another-source') as x \gset
update public.profiles set notion_kinksters_database_id = null where id = :'ada';
select pg_temp.released(:'third') as x, pg_temp.claimed() as fourth \gset
select is(
  array[:'fourth'::jsonb ->> 'database_id', :'fourth'::jsonb ->> 'data_source_id'], array[null, null]::text[], 'none: nor is another''s taken for it'
);
update public.profiles set notion_kinksters_database_id = 'https://www.notion.so/me/0a1b2c3d4e5f67898abcdef012345678?v=1' where id = :'ada';
select pg_temp.released(:'fourth') as x, pg_temp.claimed() as fifth \gset
select is(:'fifth'::jsonb -> 'database_id', 'null', 'an address is no id');
update public.profiles set notion_kinksters_database_id = 'another-database' where id = :'ada';
select pg_temp.released(:'fifth') as x, pg_temp.claimed() as sixth \gset
select is(
  array[:'sixth'::jsonb ->> 'database_id', :'sixth'::jsonb ->> 'data_source_id'], array['another-database', null], 'back again it is asked for again'
);
-- Setting up another database than the profile's.
select pg_temp.under(:'sixth', 'note_notion_source', 'a-third-database', 'a-third-source') as x \gset
select is(
  (select p.notion_kinksters_database_id from public.profiles as p where p.id = :'ada'), 'a-third-database', 'who sets up another one sets it'
);
select pg_temp.released(:'sixth') as x, pg_temp.claimed() as seventh \gset
select is(
  array[:'seventh'::jsonb ->> 'database_id', :'seventh'::jsonb ->> 'data_source_id'], array['a-third-database', 'a-third-source'], 'for all that come'
);
-- A user who changes their database while a worker looks at the one of before.
select pg_temp.changed(:'ada', 'update profiles set notion_kinksters_database_id = ''the-users-choice''') as x \gset
select pg_temp.under(:'seventh', 'note_notion_source', 'a-third-database', 'a-third-source') as x \gset
select pg_temp.released(:'seventh') as x, pg_temp.claimed() as eighth \gset
select is(
  array[:'eighth'::jsonb ->> 'database_id', :'eighth'::jsonb ->> 'data_source_id'], array['the-users-choice', null],
  'whoever looked at it does not take it back, nor is its source taken for another''s'
);

select * from finish();
rollback;
