begin;
\ir ../setup.psql
select plan(8);

select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}') as kinkster \gset
select pg_temp.began(:'ada', :'kinkster') as began \gset
select :'began'::jsonb #>> '{plan,turn_id}' as turn \gset
select pg_temp.kept(:'began', 0, 'Wel', true) as x \gset
select pg_temp.later('61 seconds');
select pg_temp.claimed(:'ada', :'turn') as claimed \gset

select is(
  :'claimed'::jsonb - array['turn_id', 'conversation_id', 'user_id', 'tag'],
  '{"state": "settled", "status": "failed", "reply": "Wel", "error": {"code": "worker_lost",
    "message": "The worker was lost before the reply was whole.",
    "hint": "What had arrived is kept. Send the message again to have a whole reply."}}', 'its worker was lost, and what had arrived is kept'
);
select is((select array[status, reply, attempts::text] from public.kinkster_turns), array['failed', 'Wel', '1'], 'in its row too');
select is(pg_temp.kept(:'began', 3, 'l'), 'lost', 'the worker that comes back is told');
select is(pg_temp.followed(:'ada', :'turn', 3, left(:'began'::jsonb #>> '{plan,lease}', 8)) ->> 'status', 'failed', 'who reads along is told too');
select pg_temp.began(:'ada', :'kinkster', p_request => :'turn') as again \gset
select is(:'again'::jsonb ->> 'state', 'claimed', 'whoever asks again has it written anew');
select is((select is_shown from public.kinkster_turns), false, 'of which nothing is shown yet');
select pg_temp.kept(:'again', 0, 'W', false) as x \gset
select pg_temp.later('61 seconds');
select is(pg_temp.claimed(:'ada', :'turn') #>> '{plan,attempt}', '2', 'what nobody was shown may be');
select is((select reply from public.kinkster_turns), 'W', 'and is kept until there is more');

select * from finish();
rollback;
