begin;
\ir ../setup.psql
select plan(4);

select pg_temp.new_kinkster(null, '{"provider": "openai_responses"}') as system \gset

select is(
  pg_temp.refusal(:'unknown', 'select send_kinkster_message(%L, ''Hello'')', :'system'),
  'PT409: You have no profile yet. (Insert your row into profiles (id and email) first.)', 'no profile'
);
select is(
  pg_temp.refusal_of('service_role', null, 'select public.send_kinkster_message(%L, ''Hello'')', :'system'),
  'PT403: Only a signed-in user can send a message. (Call this with the user''s token, not with a service key.)', 'a service key'
);
select is(
  pg_temp.refusal(null, 'select send_kinkster_message(%L, ''Hello'')', :'system'),
  'PT403: Only a signed-in user can send a message. (Call this with the user''s token, not with a service key.)',
  'a token without a user'
);
select alike(pg_temp.refusal_of('anon', null, 'select send_kinkster_message(%L, ''Hello'')', :'system'), '42501: %', 'nobody');

select * from finish();
rollback;
