begin;
\ir ../setup.psql
select plan(8);

select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}') as kinkster \gset
select pg_temp.as_user(:'ada', 'select send_kinkster_message(%L, ''Hello'')', :'kinkster') as sent \gset
select :'sent'::jsonb ->> 'turn_id' as turn \gset
\set await 'select await_kinkster_reply(%L, ''0'')'

select is(
  pg_temp.as_user(:'ada', :'await', :'turn')::jsonb,
  jsonb_build_object(
    'success', true, 'turn_id', :'turn', 'conversation_id', :'sent'::jsonb ->> 'conversation_id', 'status', 'queued', 'reply', '',
    'error', null
  ), 'a turn that waits'
);
select pg_temp.began(:'ada', :'kinkster', 'Hello', null, :'turn') as began \gset
select pg_temp.kept(:'began', 0, 'Wel') as x \gset
select is(
  pg_temp.as_user(:'ada', :'await', :'turn')::jsonb - array['turn_id', 'conversation_id'],
  '{"success": true, "status": "streaming", "reply": "Wel", "error": null}', 'one that streams, as far as it is stored'
);
select clock_timestamp() as before \gset
select is(
  pg_temp.as_user(:'ada', 'select await_kinkster_reply(%L, ''0.2 seconds'')', :'turn')::jsonb ->> 'status', 'streaming', 'and it waited'
);
select ok(clock_timestamp() >= :'before'::timestamptz + interval '0.2 seconds', 'as long as it was told');
select pg_temp.settled(:'began') as x \gset
select is(
  pg_temp.as_user(:'ada', 'select await_kinkster_reply(%L)', :'turn')::jsonb - array['turn_id', 'conversation_id'],
  '{"success": true, "status": "completed", "reply": "Well met.", "error": null}', 'a whole reply, at once'
);
select pg_temp.talked(:'ada', :'kinkster', 'Again', :'failed') as next \gset
select is(
  pg_temp.as_user(:'ada', 'select await_kinkster_reply(%L)', :'next'::jsonb #>> '{plan,turn_id}')::jsonb
    - array['turn_id', 'conversation_id'],
  '{"success": true, "status": "failed", "reply": "",
    "error": {"code": "provider_timeout", "message": "It took too long.", "hint": "Ask again."}}', 'a failure'
);
update kinkster.settings set clock_offset = '1 day';
select pg_temp.as_user(:'ada', 'select send_kinkster_message(%L, ''Later'')', :'kinkster')::jsonb ->> 'turn_id' as later \gset
select is(
  pg_temp.as_user(:'ada', :'await', :'later')::jsonb ->> 'status', 'queued', 'it waits by the real clock'
);
select is(
  pg_temp.as_user(:'ada', 'select await_kinkster_reply(%L, p_timeout => ''10 minutes'')', :'turn')::jsonb ->> 'status', 'completed',
  'ten minutes are the longest'
);

select * from finish();
rollback;
