-- Stores a message as a new turn that waits for a worker, under row security. The request id is the turn's id, so that a
-- request that is sent twice is one turn. Wakes nobody: who calls it knows who answers.
create or replace function kinkster.store_message(
  p_kinkster_id uuid,
  p_message text,
  p_conversation_id uuid,
  p_request_id uuid,
  p_instead_of public.kinkster_turns default null
)
  returns jsonb
  language plpgsql
  volatile
  security invoker
  set search_path = ''
as $$
declare
  v_user_id uuid := auth.uid();
  v_placed record;
begin
  loop
    v_placed := kinkster.place_message(p_kinkster_id, p_message, p_conversation_id, p_request_id, p_instead_of);
    if v_placed.sent is not null then
      return v_placed.sent;
    end if;
    -- Where somebody was quicker, with this id or in this conversation, the next look sees them.
    exit when kinkster.queue_turn(v_placed.conversation_id, v_placed.turn_id, v_placed.parent_turn_id, p_message);
  end loop;

  update public.kinkster_conversations as c
  set head_turn_id = v_placed.turn_id, updated_at = kinkster.now()
  where c.user_id = v_user_id and c.id = v_placed.conversation_id;

  return pg_catalog.jsonb_build_object(
    'success', true,
    'created', true,
    'turn_id', v_placed.turn_id,
    'conversation_id', v_placed.conversation_id,
    'status', 'queued',
    'safeword_seen', false
  );
end
$$;

comment on function kinkster.store_message(uuid, text, uuid, uuid, public.kinkster_turns) is
  'Stores a message that waits for a worker, and returns turn_id, conversation_id, status, created and safeword_seen. With p_instead_of the new turn stands beside that one, under the same parent. Raises what send_kinkster_message raises.';

revoke execute on function kinkster.store_message(uuid, text, uuid, uuid, public.kinkster_turns)
  from public, anon, authenticated, service_role;
grant execute on function kinkster.store_message(uuid, text, uuid, uuid, public.kinkster_turns)
  to authenticated, service_role;
