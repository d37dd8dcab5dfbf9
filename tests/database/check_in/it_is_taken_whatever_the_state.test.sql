begin;
\ir ../setup.psql
select plan(20);

select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}') as kinkster \gset
select pg_temp.talked(:'ada', :'kinkster') #>> '{plan,conversation_id}' as conversation \gset
alter table public.kinksters drop constraint age_is_plainly_18_or_over;

-- What stands in the way, and what the conversation's state is after the safeword.
create function pg_temp.said_after(p_change text, p_message text, p_kinkster uuid, p_conversation uuid) returns text[] language plpgsql as $$
declare
  v_sent jsonb;
  v_answer text[];
begin
  execute format(p_change, p_kinkster, p_conversation);
  v_sent := pg_temp.as_user(
    '00000000-0000-4000-8000-00000000ada0', 'select send_kinkster_message(%L, %L, %L)', p_kinkster::text, p_message, p_conversation::text
  );
  v_answer := array[v_sent ->> 'status', (select c.state from public.kinkster_conversations as c where c.id = p_conversation)];
  raise sqlstate 'ZZ000';
exception when sqlstate 'ZZ000' then
  return v_answer;
end $$;
create function pg_temp.began_after(p_change text, p_kinkster uuid, p_conversation uuid, p_endpoint text) returns text[] language plpgsql as $$
declare
  v_began jsonb;
begin
  execute format(p_change, p_kinkster, p_conversation);
  v_began := pg_temp.began('00000000-0000-4000-8000-00000000ada0', p_kinkster, 'safeword', p_conversation, p_endpoint => p_endpoint);
  raise sqlstate 'ZZ000';
exception when sqlstate 'ZZ000' then
  return array[v_began ->> 'state', v_began ->> 'status'];
end $$;
create temp table obstacle (change text, state text, name text);
insert into obstacle values
  ('select', 'paused', 'an active conversation'),
  ('update kinkster_conversations set state = ''paused'' where id = %2$L', 'paused', 'a paused one'),
  ('update kinkster_conversations set state = ''ended'' where id = %2$L', 'ended', 'one that has ended'),
  ('update profiles set submission_state = ''paused''', 'paused', 'a user who paused'),
  ('update kinksters set is_active = false where id = %1$L', 'paused', 'a character that is switched off'),
  ('update kinksters set age_range = ''16'' where id = %1$L', 'paused', 'one whose age is in doubt'),
  ('update kinksters set provider = ''flowise'' where id = %1$L', 'paused', 'one without a chatflow'),
  ('update kinksters set user_id = ''00000000-0000-4000-8000-00000000bea0'' where id = %1$L', 'paused', 'one that is somebody else''s now');

select is(
  pg_temp.said_after(change, 'safeword', :'kinkster', :'conversation'), array['completed', state], name
) from obstacle;
select is(
  pg_temp.began_after(change, :'kinkster', :'conversation', '/api/chat'), array['settled', 'completed'], name || ', over HTTP'
) from obstacle;
select is(
  pg_temp.began_after('select', :'kinkster', :'conversation', endpoint), array['settled', 'completed'], endpoint
) from unnest(array['/api/flowise/chat', '/api/kinksters/chat']) as endpoint;
select is(
  pg_temp.said_after('select', 'safeword ' || repeat('x', 32000), :'kinkster', :'conversation'), array['completed', 'paused'],
  'in a message that is too long'
);
select is(
  pg_temp.said_after('select', repeat('x ', 16000) || 'safeword', :'kinkster', :'conversation'), array['completed', 'paused'],
  'even behind all that is kept of it'
);

select * from finish();
rollback;
