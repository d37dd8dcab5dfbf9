begin;
\ir ../setup.psql
select plan(9);

select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}') as kinkster \gset
select pg_temp.as_user(:'ada', 'select send_kinkster_message(%L, ''Hello'')', :'kinkster') as sent \gset
select :'sent'::jsonb ->> 'turn_id' as turn \gset

select is(
  pg_temp.followed(:'ada', :'turn'), jsonb_build_object(
    'state', 'followed', 'user_id', :'ada', 'turn_id', :'turn', 'conversation_id', :'sent'::jsonb ->> 'conversation_id', 'status', 'queued',
    'text', '', 'error', null, 'tag', null, 'due', true
  ), 'one that waits has no text, and may be claimed'
);
select pg_temp.claimed(:'ada', :'turn') as claimed \gset
select left(:'claimed'::jsonb #>> '{plan,lease}', 8) as tag \gset
select is(
  pg_temp.followed(:'ada', :'turn') - array['state', 'user_id', 'turn_id', 'conversation_id'],
  jsonb_build_object('status', 'streaming', 'text', '', 'error', null, 'tag', :'tag', 'due', false), 'then it is being answered'
);
select pg_temp.kept(:'claimed', 0, 'Well 🎭 met', false) as x \gset
select is(pg_temp.followed(:'ada', :'turn') ->> 'text', 'Well 🎭 met', 'all that is stored');
select is(pg_temp.followed(:'ada', :'turn', 5, :'tag') ->> 'text', '🎭 met', 'or what follows some characters');
select is(pg_temp.followed(:'ada', :'turn', 10, :'tag') ->> 'text', '', 'or nothing yet');
select pg_temp.settled(:'claimed', '{"reply": "Well 🎭 met."}') as x \gset
select is(
  pg_temp.followed(:'ada', :'turn', 10, :'tag') - array['state', 'user_id', 'turn_id', 'conversation_id'],
  jsonb_build_object('status', 'completed', 'text', '.', 'error', null, 'tag', :'tag', 'due', false), 'to its end'
);
select is(pg_temp.followed(:'ada', :'turn', 11, :'tag') ->> 'text', '', 'which has nothing after it');
select pg_temp.talked(:'ada', :'kinkster', 'Two', :'failed') #>> '{plan,turn_id}' as failure \gset
select is(
  pg_temp.followed(:'ada', :'failure') -> 'error', '{"code": "provider_timeout", "message": "It took too long.", "hint": "Ask again."}',
  'or why there is none'
);
select is((select followed_until from public.kinkster_turns where id = :'failure'), null, 'an end is followed by nobody');

select * from finish();
rollback;
