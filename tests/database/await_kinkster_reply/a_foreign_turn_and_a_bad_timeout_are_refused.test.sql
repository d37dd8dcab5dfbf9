begin;
\ir ../setup.psql
select plan(6);

select pg_temp.as_user(
  :'ada', 'select send_kinkster_message(%L, ''Hello'')', pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}')::text
)::jsonb ->> 'turn_id' as turn \gset
\set no_turn 'PT404: There is no turn with this id that you can see. (Use the turn_id that send_kinkster_message returned.)'
\set bad_timeout 'PT422: The timeout is not between nothing and 10 minutes. (Give an interval such as ''30 seconds'', and call again to wait longer.)'

select is(
  pg_temp.refusal(user_id::uuid, 'select await_kinkster_reply(%L, %L)', turn_id, timeout), refusal, why
) from (values
  (:'ada', :'unknown', '0', :'no_turn', 'unknown'),
  (:'bea', :'turn', '0', :'no_turn', 'another user''s'),
  (:'ada', null, '0', :'no_turn', 'null'),
  (:'ada', :'turn', '-1 second', :'bad_timeout', 'negative'),
  (:'ada', :'turn', '601 seconds', :'bad_timeout', 'too long'),
  (:'ada', :'turn', null, :'bad_timeout', 'no timeout')
) as c (user_id, turn_id, timeout, refusal, why);

select * from finish();
rollback;
