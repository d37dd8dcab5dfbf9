begin;
\ir ../setup.psql
select plan(8);

select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}') as kinkster \gset
select pg_temp.as_user(:'ada', 'select send_kinkster_message(%L, ''Safeword!'')', :'kinkster') as sent \gset

select is(
  :'sent'::jsonb - array['turn_id', 'conversation_id'],
  '{"success": true, "created": true, "status": "completed", "safeword_seen": true}', 'the answer is there at once'
);
select * from public.kinkster_turns \gset turn_
select alike(:'turn_reply'::text, 'You said your safeword, so everything stops here.%', 'it asks how the user is');
select is(:'turn_message'::text, 'Safeword!', 'what was said is kept');
select is(
  array[:'turn_status', :'turn_safeword_seen', :'turn_attempts']::text[], array['completed', 't', '0'], 'as a whole turn that nobody was asked about'
);
select is(
  (select coalesce(provider, api, model, response_id, prompt_sha256, lease::text, worker) from public.kinkster_turns), null,
  'and that no provider, prompt or worker had to do with'
);
select is(
  (select array[state, head_turn_id::text] from public.kinkster_conversations), array['paused', :'turn_id'],
  'the conversation shows it, and is paused'
);
select is(
  pg_temp.as_role('kinkster_worker', null, 'select kinkster.claim_next_turn(''w'') ->> ''state'''), 'idle', 'no worker finds anything to do'
);
select pg_temp.as_user(
  :'ada', 'select send_kinkster_message(%L, ''safeword'')', pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}')::text
) as x \gset
select is((select count(distinct reply) from public.kinkster_turns), 1::bigint, 'the answer is the same each time');

select * from finish();
rollback;
