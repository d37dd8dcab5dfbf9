begin;
\ir ../doctor.psql
select plan(31);
update kinkster.settings set max_attempts = 1;

select is(pg_temp.doctor('responses_turns'), 'ok: No character is answered by openai_responses.', 'nobody is answered by it');
select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}') as kinkster \gset
select is(
  pg_temp.doctor('responses_turns'),
  format('unknown: Turns of the last 24 hours: 0 completed, 0 failed. > Try one, signed in: select send_kinkster_message(''%s'', ''Hello.'');', :'kinkster'),
  'nobody has tried'
);
select is(pg_temp.doctor('flowise_turns'), 'ok: No character is answered by flowise.', 'the other provider is another check');
select is(
  pg_temp.doctor('continuity'),
  'unknown: Nobody said a second thing to a character of the Responses API in the last 24 hours.'
  ' > Send two messages to one; continuity of the second turn is chained.', 'nor gone on'
);
select is(pg_temp.doctor('fallback'), 'ok: Replies of the last 24 hours: 0 by the Responses API, 0 by Chat Completions.', 'nor by which API');

select pg_temp.talked(:'ada', :'kinkster') as x \gset
select is(pg_temp.doctor('responses_turns'), 'ok: Turns of the last 24 hours: 1 completed, 0 failed.', 'one was answered');
select is(pg_temp.state('continuity'), 'unknown', 'a first one goes on from nothing');
select pg_temp.talked(:'ada', :'kinkster', 'Go on.') as x \gset
select is(
  pg_temp.doctor('continuity'), 'ok: Replies of the last 24 hours that went on: 1 by the provider''s memory, 0 by the transcript.', 'a second one by its id'
);
select is(pg_temp.doctor('fallback'), 'ok: Replies of the last 24 hours: 2 by the Responses API, 0 by Chat Completions.', 'by the Responses API');

savepoint chained;
select pg_temp.talked(:'ada', :'kinkster', 'And on.', '{"api": "chat_completions"}') as x \gset
select is(
  pg_temp.doctor('fallback'),
  'warning: Replies of the last 24 hours: 2 by the Responses API, 1 by Chat Completions. > If the server should have it, see OPENAI_BASE_URL and'
  ' the account''s access to the Responses API; workers try it again every ten minutes.', 'by the fallback'
);
select pg_temp.talked(:'ada', :'kinkster', 'Once more.') as x \gset
select is(pg_temp.state('continuity'), 'ok', 'as many by memory as by the transcript');
update public.profiles set hard_limits = '{heights}' where id = :'ada';
select pg_temp.talked(:'ada', :'kinkster', 'Go on.') as x \gset
update public.profiles set hard_limits = '{spiders}' where id = :'ada';
select pg_temp.talked(:'ada', :'kinkster', 'Go on.') as x \gset
select alike(
  pg_temp.doctor('continuity'),
  'warning: Replies of the last 24 hours that went on: 2 by the provider''s memory, 3 by the transcript, mostly since: limits_changed. > Nothing is forgotten%',
  'more by the transcript'
);
select pg_temp.later('25 hours');
select is(pg_temp.state('continuity') || pg_temp.state('fallback') || pg_temp.state('responses_turns'), 'unknownokunknown', 'yesterday is over');
rollback to chained;

select count(pg_temp.talked(:'ada', :'kinkster', 'Hm.', :'failed')) as x from generate_series(1, 2) \gset
select is(
  pg_temp.doctor('responses_turns'),
  'ok: Turns of the last 24 hours: 2 completed, 2 failed. The last failure: provider_timeout: It took too long. Ask again.', 'two failures are chance'
);
select pg_temp.talked(:'ada', :'kinkster', 'Hm.', :'failed') as x \gset
select alike(
  pg_temp.doctor('responses_turns'), 'problem: Turns of the last 24 hours: 2 completed, 3 failed. % > See the failures: select %', 'most fail'
);
select count(pg_temp.talked(:'ada', :'kinkster', 'Yes.')) as x from generate_series(1, 5) \gset
select alike(
  pg_temp.doctor('responses_turns'), 'warning: Turns of the last 24 hours: 7 completed, 3 failed. % > More than one in twenty fails: select %', 'or many'
);
select pg_temp.later('25 hours');
select is(pg_temp.state('responses_turns'), 'unknown', 'yesterday is over');
rollback to chained;

select pg_temp.new_kinkster(:'bea', '{"flowise_chatflow_id": "flow-1"}') as other \gset
select is(pg_temp.state('flowise_turns'), 'unknown', 'nobody has tried Flowise');
select pg_temp.talked(:'bea', :'other') as x \gset
select is(pg_temp.doctor('flowise_turns'), 'ok: Turns of the last 24 hours: 1 completed, 0 failed.', 'somebody has');
select is(pg_temp.doctor('responses_turns'), 'ok: Turns of the last 24 hours: 2 completed, 0 failed.', 'each has its own');

select is(pg_temp.doctor('queue'), 'ok: No message waits for a worker.', 'nothing waits');
select pg_temp.as_user(:'bea', 'select send_kinkster_message(%L, %L)', :'other', 'Hello?') as x \gset
select pg_temp.later('59 seconds');
select is(pg_temp.state('queue'), 'ok', 'a message that was just sent is no trouble');
select pg_temp.later('2 seconds');
select alike(
  pg_temp.doctor('queue'),
  'problem: Messages that nobody takes: 1 waiting, 0 left by a lost worker, the first since 20__-__-__ __:__ UTC. > Start a worker with KINKSTER_QUEUE_TURNS%',
  'one that waits'
);
savepoint waits;
update public.kinkster_turns set next_attempt_at = kinkster.now() + interval '1 minute' where status = 'queued';
select is(pg_temp.state('queue'), 'ok', 'one that is to be tried again later is in time');
rollback to waits;
select pg_temp.as_role('kinkster_worker', null, 'select kinkster.claim_next_turn(%L)', 'w') as x \gset
select is(pg_temp.state('queue'), 'ok', 'a worker took it');
select pg_temp.later('119 seconds');
select is(pg_temp.state('queue'), 'ok', 'and was lost, just now');
select pg_temp.later('3 seconds');
select alike(pg_temp.doctor('queue'), 'problem: Messages that nobody takes: 0 waiting, 1 left by a lost worker,%', 'nobody takes its turn over');

rollback to chained;
select is(
  pg_temp.doctor('breakers'), 'ok: No provider is held to be down.', 'all are up'
);
select kinkster.note_provider('flowise', gen_random_uuid(), 'provider_timeout') from generate_series(1, 4);
select alike(pg_temp.doctor('breakers'), 'warning: Failures in a row: flowise (4). > Look again in a minute%', 'one has failed');
select kinkster.note_provider('flowise', gen_random_uuid(), 'provider_timeout');
select alike(pg_temp.doctor('breakers'), 'problem: Held to be down: flowise. > See the checks of this provider%', 'and again');
select kinkster.note_provider('flowise', gen_random_uuid(), null);
select is(pg_temp.state('breakers'), 'ok', 'it answered');

select * from finish();
rollback;
