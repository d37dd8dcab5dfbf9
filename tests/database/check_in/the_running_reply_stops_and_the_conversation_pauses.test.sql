begin;
\ir ../setup.psql
select plan(11);

select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}') as kinkster \gset
select pg_temp.talked(:'ada', :'kinkster', 'One') as x \gset
select pg_temp.began(:'ada', :'kinkster', 'Two') as two \gset
select pg_temp.kept(:'two', 0, 'Wel') as x \gset
select pg_temp.as_user(:'ada', 'select send_kinkster_message(%L, ''safeword'')', :'kinkster') as sent \gset

select is(
  (select array[status, reply, error_code, error_message, error_hint, safeword_seen::text] from public.kinkster_turns where message = 'Two'),
  array['cancelled', 'Wel', 'safeword', 'You said your safeword, so this reply stopped.',
    'Take your time. Call resume_kinkster_conversation when you want to go on.', 'true'], 'the reply stops where it was'
);
select isnt((select finished_at from public.kinkster_turns where message = 'Two'), null, 'it is over');
select is(
  (select p.message from public.kinkster_turns as t join public.kinkster_turns as p on p.id = t.parent_turn_id where t.message = 'safeword'),
  'Two', 'the safeword follows it'
);
select is((select state from public.kinkster_conversations), 'paused', 'the conversation is paused');
select is(pg_temp.kept(:'two', 3, 'l me'), 'lost', 'its worker is told at the next checkpoint');
select is(
  pg_temp.settled(:'two', '{"reply": "Well met, and more"}') -> 'error' ->> 'code', 'safeword', 'or at the end'
);
select is((select reply from public.kinkster_turns where message = 'Two'), 'Wel', 'and nothing is added to it');
select is(
  pg_temp.refusal_of('none', null, 'select %s', format('pg_temp.claimed(%L, %L)', :'ada', :'two'::jsonb #>> '{plan,turn_id}')),
  'KW001: This turn is not waiting for a worker.', 'nobody takes it up again'
);
select alike(
  pg_temp.refusal(:'ada', 'select send_kinkster_message(%L, ''Three'')', :'kinkster'), 'PT409: This conversation is paused. %',
  'nothing begins until the user wants it'
);
select is(
  pg_temp.began(:'ada', :'kinkster', 'Two', null, (:'two'::jsonb #>> '{plan,turn_id}')::uuid) #>> '{error,code}', 'safeword',
  'not even when the stopped request comes again'
);
select is((select count(*) from public.kinkster_turns), 3::bigint, 'nothing more is stored');

select * from finish();
rollback;
