begin;
\ir ../setup.psql
select plan(9);

select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}') as kinkster \gset
\set send 'select send_kinkster_message(%L, %L)'
\set release 'select kinkster.release_expired_turn(%L)'
select pg_temp.as_user(:'ada', :'send', :'kinkster', 'One')::jsonb ->> 'conversation_id' as conversation \gset

select pg_temp.later('9 minutes 50 seconds');
select is(pg_temp.as_user(:'ada', :'release', :'conversation'), 'false', 'for ten minutes it may be taken');
select alike(
  pg_temp.refusal(:'ada', :'send', :'kinkster', 'Two'), 'PT409: A reply is still being written in this conversation.%', 'the next message has to wait'
);
select pg_temp.later('11 seconds');
select is(pg_temp.as_user(:'bea', :'release', :'conversation'), 'false', 'another user never ends it');
savepoint nobody_came;
select is(pg_temp.as_user(:'ada', :'release', :'conversation'), 'true', 'after them it is over');
select is(pg_temp.as_user(:'ada', :'release', :'conversation'), 'false', 'once');
rollback to nobody_came;
select is(
  pg_temp.as_user(:'ada', :'send', :'kinkster', 'Two')::jsonb ->> 'status', 'queued', 'the next message is taken'
);
select is(
  (select array[status, error_code, error_message, error_hint] from public.kinkster_turns where message = 'One'),
  array['failed', 'worker_lost', 'The reply was interrupted and did not finish.', 'Send the message again.'],
  'and the turn says what became of it'
);

-- One that is to be tried again later waits from then on.
update public.kinkster_turns set next_attempt_at = kinkster.now() + interval '1 minute' where message = 'Two';
select pg_temp.later('10 minutes 30 seconds');
select is(pg_temp.as_user(:'ada', :'release', :'conversation'), 'false', 'the time runs from when it was due');
select pg_temp.later('31 seconds');
select is(pg_temp.as_user(:'ada', :'release', :'conversation'), 'true', 'and no longer');

select * from finish();
rollback;
