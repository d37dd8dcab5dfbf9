begin;
\ir ../setup.psql
select plan(17);

select pg_temp.new_kinkster(null, '{"provider": "openai_responses"}') as system \gset
select pg_temp.new_kinkster(:'ada', '{"flowise_chatflow_id": "my-flow"}') as flowise \gset
\set rejected '{"status": "failed", "reply": "", "error_code": "provider_unreachable", "error_message": "Down.", "error_hint": "Wait.", "shown": true}'
select pg_temp.settled(pg_temp.began(:'bea', :'system', 'Hello ' || n), :'rejected') from generate_series(1, 5) as n;

select pg_temp.began(:'ada', :'system', 'One') as one \gset
select :'one'::jsonb ->> 'turn_id' as turn \gset
select is(
  :'one'::jsonb - array['turn_id', 'conversation_id', 'user_id', 'tag', 'reply'],
  '{"state": "waiting", "status": "queued", "error": {"code": "provider_unavailable", "message": "The provider is having trouble.",
    "hint": "The message is sent by itself once the provider is back."}}', 'a turn waits instead of failing'
);
select is((select attempts from public.kinkster_turns where id = :'turn'), 0, 'and has used no attempt up');
select ok(
  (select next_attempt_at - clock_timestamp() between interval '4 seconds' and interval '7 seconds' from public.kinkster_turns where id = :'turn'),
  'and looks again every few seconds'
);
savepoint early;
select pg_temp.later('8 seconds');
select is(pg_temp.claimed(:'ada', :'turn') ->> 'state', 'waiting', 'which tries nothing before its time');
rollback to early;
savepoint by_hand;
update kinkster.breakers set failures = 0, open_until = null;
select pg_temp.later('8 seconds');
select is(pg_temp.claimed(:'ada', :'turn') ->> 'state', 'claimed', 'but finds that the provider is back');
rollback to by_hand;
select is(pg_temp.began(:'ada', :'flowise', 'Hello') ->> 'state', 'claimed', 'the other provider answers');
select pg_temp.later('33 seconds');
select pg_temp.claimed(:'ada', :'turn') as probe \gset
select is(:'probe'::jsonb ->> 'state', 'claimed', 'then it tries');
select pg_temp.began(:'bea', :'system', 'Two') as two \gset
select is(:'two'::jsonb ->> 'state', 'waiting', 'alone');
select is(pg_temp.settled(:'probe', :'unavailable') ->> 'status', 'queued', 'it was too early');
select is((select failures from kinkster.breakers where provider = 'openai_responses'), 6, 'which is counted');
select pg_temp.later('33 seconds');
select is(
  pg_temp.claimed(:'bea', (:'two'::jsonb ->> 'turn_id')::uuid) ->> 'state', 'claimed', 'another tries'
);
select is(pg_temp.claimed(:'ada', :'turn') ->> 'state', 'waiting', 'and this one waits');
update kinkster.breakers set failures = 0, open_until = null;
select pg_temp.later('33 seconds');
select pg_temp.claimed(:'ada', :'turn') as answered \gset
select is(:'answered'::jsonb #>> '{plan,attempt}', '2', 'once the provider is back it goes');
select is((select error_code from public.kinkster_turns where id = :'turn'), null, 'it is no error any more');
select pg_temp.settled(:'answered') as x \gset

-- What waits can be cancelled as well.
update kinkster.breakers set failures = 5, open_until = kinkster.now() + interval '30 seconds' where provider = 'openai_responses';
select pg_temp.began(:'ada', :'system', 'Three') ->> 'turn_id' as three \gset
select is(
  pg_temp.as_user(:'ada', 'select cancel_kinkster_turn(%L)', :'three')::jsonb ->> 'status', 'cancelled', 'what waits can be cancelled'
);
select is((select next_attempt_at from public.kinkster_turns where id = :'three'), null, 'for good');
select is((select failures from kinkster.breakers where provider = 'openai_responses'), 5, 'which says nothing about the provider');

select * from finish();
rollback;
