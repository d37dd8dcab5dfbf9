begin;
\ir ../setup.psql
select plan(11);

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
select :'two'::jsonb #>> '{plan,turn_id}' as turn \gset
select pg_temp.kept(:'two', 0, 'Wel') as x \gset
select is(
  pg_temp.as_user(:'ada', :'cancel', :'turn')::jsonb - array['turn_id', 'conversation_id'],
  :'cancelled'::jsonb || '{"reply": "Wel"}', 'one that streams, with what was stored'
);
select is(pg_temp.kept(:'two', 3, 'l'), 'lost', 'its worker is told at the next checkpoint');
select is((select reply from public.kinkster_turns where id = :'turn'), 'Wel', 'which stores nothing any more');
select is(
  pg_temp.settled(:'two', :'failed'::jsonb || '{"reply": "Well m"}') - array['turn_id', 'conversation_id'],
  :'cancelled'::jsonb || '{"retry_in_seconds": null, "model": null, "cost_usd": null}', 'at the end it is told so too'
);
select is((select reply from public.kinkster_turns where id = :'turn'), 'Well m', 'and what had arrived until then is kept');
select is(
  (select array[status, error_code] from public.kinkster_turns where id = :'turn'), array['cancelled', 'cancelled'],
  'which is no other end'
);
select isnt((select finished_at from public.kinkster_turns where id = :'turn'), null, 'it is over');
select is(pg_temp.began(:'ada', :'kinkster', 'Three') ->> 'state', 'claimed', 'the conversation goes on');
select is(
  (select array_agg(content order by content) from public.kinkster_messages), array['One', 'Three', 'Two', 'Well m'], 'nothing is lost'
);

select * from finish();
rollback;
