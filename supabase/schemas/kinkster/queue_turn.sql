-- The only way in for a message that is to be answered. Security definer: a turn and its place among those in flight are
-- written together or not at all; it takes no user id, so it writes the caller's own turns alone.
create or replace function kinkster.queue_turn(
  p_conversation_id uuid,
  p_turn_id uuid,
  p_parent_turn_id uuid,
  p_message text
)
  returns boolean
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
declare
  v_user_id uuid := auth.uid();
begin
  insert into kinkster.turns_in_flight (user_id, conversation_id, turn_id)
  values (v_user_id, p_conversation_id, p_turn_id)
  on conflict do nothing;
  if not found then
    return false;
  end if;
  insert into public.kinkster_turns (user_id, id, conversation_id, parent_turn_id, message)
  values (v_user_id, p_turn_id, p_conversation_id, p_parent_turn_id, p_message)
  on conflict do nothing;
  if not found then
    delete from kinkster.turns_in_flight as f where f.user_id = v_user_id and f.conversation_id = p_conversation_id;
    return false;
  end if;
  return true;
end
$$;

comment on function kinkster.queue_turn(uuid, uuid, uuid, text) is
  'Stores a message as a queued turn of the caller''s conversation. False, and nothing stored, when the conversation has a turn in flight or the id is taken. Raises the constraint''s error for a blank or too long message, a conversation or parent that is not the caller''s, and without a user.';

revoke execute on function kinkster.queue_turn(uuid, uuid, uuid, text) from public, anon, authenticated, service_role;
grant execute on function kinkster.queue_turn(uuid, uuid, uuid, text) to authenticated;
