begin;
\ir ../setup.psql
select plan(5);

select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}') as kinkster \gset
\set in_flight 'PT409: A reply is still being written in this conversation. (Wait for it to end, or cancel it, then send the message again.)'

select pg_temp.as_user(:'ada', 'select send_kinkster_message(%L, ''Hello'')', :'kinkster') as first \gset
select is(pg_temp.refusal(:'ada', 'select send_kinkster_message(%L, ''Again'')', :'kinkster'), :'in_flight', 'while it is queued');
select pg_temp.began(:'ada', :'kinkster', 'Hello', null, (:'first'::jsonb ->> 'turn_id')::uuid) as began \gset
select is(pg_temp.refusal(:'ada', 'select send_kinkster_message(%L, ''Again'')', :'kinkster'), :'in_flight', 'while it streams');
select is((select count(*) from public.kinkster_turns), 1::bigint, 'nothing more is stored');
select is(
  pg_temp.refusal(:'ada', 'select send_kinkster_message(%L, ''Hi'')',
    pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}')::text),
  'not refused', 'another conversation does not wait'
);
select pg_temp.settled(:'began') as x \gset
select is(pg_temp.refusal(:'ada', 'select send_kinkster_message(%L, ''Again'')', :'kinkster'), 'not refused',
  'after the reply it goes on');

select * from finish();
rollback;
