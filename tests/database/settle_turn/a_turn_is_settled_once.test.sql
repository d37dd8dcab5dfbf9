begin;
\ir ../setup.psql
select plan(6);

select pg_temp.began(:'ada', pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}')) as began \gset

select is(
  pg_temp.refusal_of(
    'kinkster_worker', null, 'select kinkster.settle_turn(%L, %L, %L, ''{"status": "cancelled"}'')', :'ada',
    :'began'::jsonb #>> '{plan,turn_id}', :'unknown'
  ),
  :'lease_lost', 'not under another lease'
);
select is(
  pg_temp.settled(:'began'),
  jsonb_build_object(
    'success', true, 'turn_id', :'began'::jsonb #>> '{plan,turn_id}', 'conversation_id', :'began'::jsonb #>> '{plan,conversation_id}',
    'status', 'completed', 'error', null, 'retry_in_seconds', null, 'model', null, 'cost_usd', null
  ), 'once'
);
select is(
  pg_temp.settled(:'began', '{"reply": "Other"}') ->> 'status', 'completed', 'again, as after a lost answer, is no mistake'
);
select is(
  pg_temp.refusal_of(
    'kinkster_worker', null, 'select kinkster.settle_turn(%L, %L, %L, ''{"status": "cancelled"}'')', :'ada',
    :'began'::jsonb #>> '{plan,turn_id}', :'began'::jsonb #>> '{plan,lease}'
  ),
  :'lease_lost', 'another end is refused'
);
select is((select reply from public.kinkster_turns), 'Well met.', 'the first reply stands');
update kinkster.settings set clock_offset = '61 seconds';
select is(
  pg_temp.settled(pg_temp.began(:'ada', pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}'))) ->> 'status',
  'completed',
  'a worker that is late, and that nobody has replaced, may still settle'
);

select * from finish();
rollback;
