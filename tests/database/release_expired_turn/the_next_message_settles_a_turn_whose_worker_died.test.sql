begin;
\ir ../setup.psql
select plan(7);

select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}') as kinkster \gset
select pg_temp.began(:'ada', :'kinkster', 'One') as lost \gset
select pg_temp.kept(:'lost', 0, 'Wel', false) as x \gset
select :'lost'::jsonb #>> '{plan,conversation_id}' as conversation \gset

select is(
  pg_temp.as_user(:'ada', 'select kinkster.release_expired_turn(%L)', :'conversation'), 'false',
  'a lease that runs is nobody else''s to end'
);
update kinkster.settings set clock_offset = '61 seconds';
select is(
  pg_temp.as_user(:'bea', 'select kinkster.release_expired_turn(%L)', :'conversation'), 'false', 'nor is one of another user, ever'
);
select pg_temp.began(:'ada', :'kinkster', 'Two') as next \gset
select is(:'next'::jsonb ->> 'state', 'claimed', 'the next message is taken');
select is(
  (select array[status, reply, error_code, error_message, error_hint] from public.kinkster_turns where message = 'One'),
  array['failed', 'Wel', 'worker_lost', 'The reply was interrupted and did not finish.', 'Send the message again.'],
  'the lost turn says so, and keeps what had streamed'
);
select is(
  :'next'::jsonb #> '{plan,history}', '[{"role": "user", "content": "One"}, {"role": "assistant", "content": "Wel"}]',
  'the context goes on'
);
select is(
  (select p.message from public.kinkster_turns as t join public.kinkster_turns as p on p.id = t.parent_turn_id where t.message = 'Two'),
  'One', 'the branch too'
);
select is(
  pg_temp.refusal_of('none', null, 'select %s', format('pg_temp.settled(%L)', :'lost')),
  :'lease_lost', 'the worker that comes back is too late'
);

select * from finish();
rollback;
