begin;
\ir ../setup.psql
select plan(9);

select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}') as kinkster \gset
\set cancel 'select cancel_kinkster_turn(%L)'
\set cancelled '{"success": true, "status": "cancelled", "error": {"code": "cancelled", "message": "You cancelled this reply.", "hint": "Send the message again to have one."}}'

select pg_temp.as_user(:'ada', 'select send_kinkster_message(%L, ''One'')', :'kinkster')::jsonb ->> 'turn_id' as one \gset
select is(
  pg_temp.as_user(:'ada', :'cancel', :'one')::jsonb - array['turn_id', 'conversation_id'],
  :'cancelled'::jsonb || '{"reply": ""}', 'one that waits'
);
select is(
  pg_temp.refusal_of('kinkster_worker', null, 'select kinkster.claim_turn(%L, %L, ''w'')', :'ada', :'one'),
  'KW001: This turn is not waiting for a worker.', 'nobody is asked any more'
);

select pg_temp.began(:'ada', :'kinkster', 'Two') as two \gset
select :'two'::jsonb #>> '{plan,turn_id}' as turn, :'two'::jsonb #>> '{plan,lease}' as lease \gset
\set checkpoint 'select kinkster.checkpoint_turn(%L, %L, %L, %L)'
select pg_temp.as_role('kinkster_worker', null, :'checkpoint', :'ada', :'turn', :'lease', 'Wel') as x \gset
select is(
  pg_temp.as_user(:'ada', :'cancel', :'turn')::jsonb - array['turn_id', 'conversation_id'],
  :'cancelled'::jsonb || '{"reply": "Wel"}', 'one that streams, with what was stored'
);
select is(
  pg_temp.refusal_of('kinkster_worker', null, :'checkpoint', :'ada', :'turn', :'lease', 'Well m'), :'lease_lost',
  'its worker is told at the next checkpoint'
);
select is(pg_temp.refusal_of('none', null, 'select %s', format('pg_temp.settled(%L)', :'two')), :'lease_lost', 'or at the end');
select is((select reply from public.kinkster_turns where id = :'turn'), 'Wel', 'which changes nothing');
select isnt((select finished_at from public.kinkster_turns where id = :'turn'), null, 'it is over');
select is(pg_temp.began(:'ada', :'kinkster', 'Three') ->> 'state', 'claimed', 'the conversation goes on');
select is(
  (select array_agg(content order by content) from public.kinkster_messages), array['One', 'Three', 'Two', 'Wel'], 'nothing is lost'
);

select * from finish();
rollback;
