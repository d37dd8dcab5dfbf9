-- Ends turns of a user that wait or stream, all or some. Whoever answers them is told at once, and finds out by itself
-- before any more text is sent. Security definer: nobody may write a status; no role may call it but through others.
create or replace function kinkster.stop_turns(
  p_user_id uuid,
  p_code text,
  p_conversation_id uuid default null,
  p_turn_id uuid default null
)
  returns integer
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
declare
  v_turn record;
  v_stopped integer := 0;
begin
  for v_turn in
    update public.kinkster_turns as t
    set
      status = 'cancelled',
      finished_at = kinkster.now(),
      next_attempt_at = null,
      safeword_seen = (p_code = 'safeword'),
      error_code = p_code,
      error_message = case
        when p_code = 'safeword' then 'You said your safeword, so this reply stopped.'
        when p_code = 'paused' then 'You paused your chats, so this reply stopped.'
        else 'You cancelled this reply.'
      end,
      error_hint = case
        when p_code = 'safeword' then 'Take your time. Call resume_kinkster_conversation when you want to go on.'
        when p_code = 'paused' then 'Set submission_state in your profile to active when you want to go on.'
        else 'Send the message again to have one.'
      end
    from kinkster.turns_in_flight as f
    where f.user_id = p_user_id
      and f.conversation_id = coalesce(p_conversation_id, f.conversation_id)
      and f.turn_id = coalesce(p_turn_id, f.turn_id)
      and t.user_id = f.user_id
      and t.id = f.turn_id
      and t.status in ('queued', 'streaming')
    returning t.id, t.conversation_id
  loop
    v_stopped := v_stopped + 1;
    delete from kinkster.turns_in_flight as f
    where f.user_id = p_user_id and f.conversation_id = v_turn.conversation_id;
    perform pg_catalog.pg_notify('kinkster_changed', v_turn.id::text);
  end loop;
  return v_stopped;
end
$$;

comment on function kinkster.stop_turns(uuid, text, uuid, uuid) is
  'Cancels the turns of a user that wait or stream: all, those of a conversation, or one; how many. p_code is cancelled, safeword or paused.';

revoke execute on function kinkster.stop_turns(uuid, text, uuid, uuid) from public, anon, authenticated, service_role;
