begin;
\ir ../notion.psql
select plan(19);

\set find 'select kinkster.find_notion_user(%L)'
\set nobody 'PT404: There is no profile with this id or address. (Give the id of the user, or the e-mail address in their profile.)'
select is(pg_temp.refusal_of('kinkster_worker', null, :'find', who), :'nobody', coalesce('"' || who || '"', 'null')) from unnest(array[
  null, '', ' ', 'cyd@example.com', 'ada', '%', '_da@example.com', 'ada@example.com, bea@example.com', :'unknown', '00000000-0000-4000-8000'
]) as who;
select is(pg_temp.as_worker(:'find', who), :'ada', to_json(who)::text) from unnest(array[
  :'ada', upper(:'ada'), 'ada@example.com', 'Ada@Example.com', e' ada@example.com\n'
]) as who;

-- Two addresses that differ in their case alone are two people's.
insert into auth.users (id) values ('00000000-0000-4000-8000-00000000ada1'), ('00000000-0000-4000-8000-00000000ada2');
insert into public.profiles (id, email) values ('00000000-0000-4000-8000-00000000ada1', 'ADA@example.com');
select is(pg_temp.as_worker(:'find', 'ada@example.com'), :'ada', 'letter by letter');
select is(pg_temp.as_worker(:'find', 'ADA@example.com'), '00000000-0000-4000-8000-00000000ada1', 'each their own');
select is(
  pg_temp.refusal_of('kinkster_worker', null, :'find', 'Ada@example.com'),
  'PT409: There are several profiles with this address. (Give the address in the letters of the profile, or the id of the user.)',
  'nobody''s token is given to somebody who is nearly them'
);
-- Somebody whose address is somebody else's id.
insert into public.profiles (id, email) values ('00000000-0000-4000-8000-00000000ada2', :'bea');
select is(
  pg_temp.refusal_of('kinkster_worker', null, :'find', :'bea') like 'PT409%', true, 'nor to somebody who says that they are'
);

select * from finish();
rollback;
