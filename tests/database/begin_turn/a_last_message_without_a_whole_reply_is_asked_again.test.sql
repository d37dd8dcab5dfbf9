begin;
\ir ../setup.psql
select plan(9);

select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}') as kinkster \gset
select gen_random_uuid() as request \gset
select pg_temp.settled(pg_temp.began(:'ada', :'kinkster', 'Hello', null, :'request'), :'failed'::jsonb || '{"reply": "We"}') as x \gset

select pg_temp.began(:'ada', :'kinkster', 'Hello', null, :'request') as again \gset
select is(:'again'::jsonb ->> 'state', 'claimed', 'under its request id it is claimed again');
select is(:'again'::jsonb #> '{plan,history}', '[]', 'and is not in its own history');
select is((select reply from public.kinkster_turns), 'We', 'what had arrived is kept until there is more');
select pg_temp.settled(:'again') as x \gset
select is(
  (select array[count(*)::text, min(status), min(reply), min(error_code)] from public.kinkster_turns),
  array['1', 'completed', 'Well met.', null], 'and becomes a whole turn'
);

select pg_temp.settled(pg_temp.began(:'ada', :'kinkster', 'And now?'), :'failed') as x \gset
select pg_temp.began(:'ada', :'kinkster', 'And now?') as other \gset
select is(
  (select count(distinct parent_turn_id) from public.kinkster_turns where message = 'And now?'), 1::bigint,
  'under another id the same words take the place of the first try'
);
select is(:'other'::jsonb #>> '{plan,previous_response_id}', 'resp_1', 'and go on from where it went on');
select pg_temp.settled(:'other', :'failed') as x \gset
select pg_temp.began(:'ada', :'kinkster', 'Other words') as words \gset
select is(
  :'words'::jsonb #> '{plan,history,2}', '{"role": "user", "content": "And now?"}', 'other words follow it: it was said'
);
select is(jsonb_array_length(:'words'::jsonb #> '{plan,history}'), 3, 'once');
select pg_temp.settled(:'words', '{"status": "cancelled", "error_code": "client_gone"}') as x \gset
update public.kinkster_conversations set state = 'paused';
select is(
  pg_temp.as_role(
    'kinkster_worker', null, 'select kinkster.take_turn(%L, %L, ''w'', false)', :'ada', :'words'::jsonb #>> '{plan,turn_id}'
  )::jsonb ->> 'status',
  'cancelled', 'in a paused conversation it is only shown'
);

select * from finish();
rollback;
