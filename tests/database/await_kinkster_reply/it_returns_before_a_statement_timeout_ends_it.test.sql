begin;
\ir ../setup.psql
select plan(2);

select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}') as kinkster \gset
select pg_temp.as_user(:'ada', 'select send_kinkster_message(%L, ''Hello'')', :'kinkster')::jsonb ->> 'turn_id' as turn \gset

set local statement_timeout = '1s';
select is(
  pg_temp.as_user(:'ada', 'select await_kinkster_reply(%L)', :'turn')::jsonb ->> 'status', 'queued', 'asked to wait for longer'
);
select is(
  pg_temp.as_user(:'ada', 'select await_kinkster_reply(%L, ''0.1 seconds'')', :'turn')::jsonb ->> 'status', 'queued', 'or for less'
);

select * from finish();
rollback;
