begin;
\ir ../setup.psql
select plan(8);

select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}') as one \gset
select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}') as two \gset
select is(kinkster.stop_turns(:'ada', 'cancelled'), 0, 'nothing runs');
select pg_temp.talked(:'ada', :'one', 'Whole') as x \gset
select pg_temp.began(:'ada', :'one', 'Streams') as streams \gset
select pg_temp.as_user(:'ada', 'select send_kinkster_message(%L, ''Waits'')', :'two')::jsonb ->> 'turn_id' as waits \gset
select pg_temp.began(:'bea', pg_temp.new_kinkster(null, '{"provider": "openai_responses"}'), 'Beas') as beas \gset
savepoint all_of_them;
select is(kinkster.stop_turns(:'ada', 'cancelled'), 2, 'all of a user');
rollback to all_of_them;
select is(kinkster.stop_turns(:'ada', 'paused', (:'streams'::jsonb #>> '{plan,conversation_id}')::uuid), 1, 'those of a conversation');
select is(kinkster.stop_turns(:'ada', 'cancelled', p_turn_id => :'waits'), 1, 'one');
select is(kinkster.stop_turns(null, 'cancelled'), 0, 'nobody''s');
select is(
  (select array_agg(message || ' ' || status || ' ' || coalesce(error_code, '') order by message) from public.kinkster_turns),
  array['Beas streaming ', 'Streams cancelled paused', 'Waits cancelled cancelled', 'Whole completed '], 'what has ended stays, and others go on'
);
select is(
  (select array_agg(distinct safeword_seen) from public.kinkster_turns), array[false], 'none of it was a safeword'
);
select alike(
  pg_temp.refusal_of(role, null, 'select kinkster.stop_turns(%L, ''cancelled'')', :'ada'), '42501: %', 'nobody may call it: ' || role
) from unnest(array['kinkster_worker']) as role;

select * from finish();
rollback;
