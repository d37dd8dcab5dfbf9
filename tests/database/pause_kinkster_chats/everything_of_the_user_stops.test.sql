begin;
\ir ../setup.psql
select plan(8);

select pg_temp.new_kinkster(null, '{"provider": "openai_responses"}') as system \gset
select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}') as own \gset
select is(
  pg_temp.as_user(:'ada', 'select pause_kinkster_chats()')::jsonb, '{"success": true, "stopped": 0}', 'nothing runs'
);
select pg_temp.changed(:'ada', 'update profiles set submission_state = ''active''') as x \gset

select pg_temp.began(:'ada', :'system', 'Streams') as streams \gset
select pg_temp.as_user(:'ada', 'select send_kinkster_message(%L, ''Waits'')', :'own') as x \gset
select pg_temp.began(:'bea', :'system', 'Beas') as beas \gset
select is(pg_temp.as_user(:'ada', 'select pause_kinkster_chats()')::jsonb, '{"success": true, "stopped": 2}', 'both of hers stop');
select is(
  (select array_agg(distinct status || ' ' || error_code) from public.kinkster_turns where user_id = :'ada'), array['cancelled paused'], 'and say why'
);
select is(
  (select array_agg(distinct error_hint) from public.kinkster_turns where user_id = :'ada'),
  array['Set submission_state in your profile to active when you want to go on.'], 'and what to do'
);
select is(pg_temp.kept(:'streams', 0, 'Wel'), 'lost', 'her worker is told at the next checkpoint');
select alike(
  pg_temp.refusal(:'ada', 'select send_kinkster_message(%L, ''Hello'')', :'system'), 'PT409: You have paused your chats. %', 'nothing begins'
);
select is(pg_temp.settled(:'beas') ->> 'status', 'completed', 'others go on');
select is((select submission_state::text from public.profiles where id = :'bea'), 'active', 'and are not paused');

select * from finish();
rollback;
