begin;
\ir ../setup.psql
select plan(5);

create function pg_temp.claimed_after(p_change text) returns jsonb language plpgsql as $$
declare
  c_ada constant uuid := '00000000-0000-4000-8000-00000000ada0';
  v_kinkster uuid := pg_temp.new_kinkster(c_ada, '{"provider": "openai_responses"}');
  v_sent jsonb := pg_temp.as_user(c_ada, 'select send_kinkster_message(%L, ''Hello'')', v_kinkster::text);
begin
  execute format(p_change, v_kinkster);
  return pg_temp.as_role('kinkster_worker', null, 'select kinkster.claim_turn(%L, %L, ''w'')', c_ada::text,
    v_sent ->> 'turn_id')::jsonb
    - array['turn_id', 'conversation_id', 'user_id', 'tag', 'state', 'reply'];
end $$;

select is(
  pg_temp.claimed_after('update kinksters set is_active = false where id = %L'),
  '{"status": "failed", "error": {"code": "not_chattable", "message": "This kinkster is switched off.", "hint": "Set is_active to true to chat with it."}}',
  'switched off while it waited'
);
select is(
  pg_temp.claimed_after('update kinksters set provider = ''flowise'' where id = %L') #>> '{error,message}',
  'This kinkster is answered by Flowise, and no chatflow is set for it.', 'moved to where it has no chatflow'
);
select is(
  pg_temp.claimed_after('update kinkster_conversations set state = ''paused'' where kinkster_id = %L') #>> '{error,message}',
  'This conversation could not go on.', 'the conversation was paused'
);
select is(
  pg_temp.claimed_after('update kinksters set user_id = ''00000000-0000-4000-8000-00000000bea0'' where id = %L') #>> '{error,message}',
  'This conversation could not go on.', 'the character is somebody else''s now'
);
select is(
  pg_temp.claimed_after('update profiles set submission_state = ''paused'' where %L is not null') #>> '{error,message}',
  'You have paused your chats.', 'the user paused'
);

select * from finish();
rollback;
