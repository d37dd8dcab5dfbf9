begin;
\ir ../setup.psql
select plan(3);

select is(
  pg_temp.refusal(:'unknown', 'select pause_kinkster_chats()'),
  'PT404: You have no profile yet. (Insert your row into profiles (id and email) first.)', 'who has no profile'
);
select alike(pg_temp.refusal_of('service_role', null, 'select public.pause_kinkster_chats()'), '42501: %', 'a service key');
select alike(pg_temp.refusal_of('anon', null, 'select public.pause_kinkster_chats()'), '42501: %', 'nobody');

select * from finish();
rollback;
