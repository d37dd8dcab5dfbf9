-- Stores a message as a new turn, under row security, before anybody is asked to answer it. The request id is the turn's
-- id, so that a request that is sent twice is one turn. Wakes nobody: who calls it knows who answers. A safeword comes
-- before everything that could refuse the message, and goes its own way.
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
  c_readable constant integer := 200000;  -- a safeword is looked for in no more characters
  v_user_id uuid := auth.uid();
  v_turn_id uuid := coalesce(p_request_id, pg_catalog.gen_random_uuid());
  v_sent jsonb;
  v_profile record;
  v_obstacle record;
  v_conversation public.kinkster_conversations;
  v_head_turn_id uuid;
  v_parent_turn_id uuid;
begin
  if v_user_id is null then
    raise sqlstate 'PT403' using
      message = 'Only a signed-in user can send a message.',
      hint = 'Call this with the user''s token, not with a service key.';
  end if;
  if kinkster.is_blank(p_message) then
    raise sqlstate 'PT422' using
      message = 'The message is blank.',
      hint = 'Send 1 to 32,000 characters.';
  end if;

  select p.submission_state::text as state, p.safewords into v_profile
  from public.profiles as p
  where p.id = v_user_id;
  if kinkster.has_safeword(pg_catalog.left(p_message, c_readable), v_profile.safewords) then
    v_sent := kinkster.store_safeword(p_kinkster_id, pg_catalog.left(p_message, c_readable), p_conversation_id, p_request_id);
    if v_sent is not null then
      return v_sent;
    end if;
  end if;

  v_sent := kinkster.sent_turn(v_user_id, p_request_id, p_kinkster_id, p_message, p_conversation_id);
  if v_sent is not null then
    return v_sent;
  end if;
  if pg_catalog.char_length(p_message) > 32000 then
    raise sqlstate 'PT422' using
      message = pg_catalog.format('The message has %s characters; at most 32,000 are taken.', pg_catalog.char_length(p_message)),
      hint = 'Shorten it, or send it in parts.';
  end if;
  v_obstacle := kinkster.chat_obstacle(kinkster.visible_kinkster(p_kinkster_id), coalesce(v_profile.state, 'none'));
  if v_obstacle.reason is not null then
    raise sqlstate 'PT409' using message = v_obstacle.reason, hint = v_obstacle.hint;
  end if;

  v_conversation := kinkster.open_conversation(v_user_id, p_kinkster_id, p_conversation_id);
  if v_conversation.head_turn_id = p_request_id then
    return kinkster.sent_turn(v_user_id, p_request_id, p_kinkster_id, p_message, p_conversation_id);
  end if;
  if v_conversation.state <> 'active' then
    raise sqlstate 'PT409' using
      message = pg_catalog.format('This conversation is %s.', v_conversation.state),
      hint = case v_conversation.state
        when 'paused' then 'Call resume_kinkster_conversation when you want to go on.'
        else 'Start a new conversation, or set its state to active.'
      end;
  end if;

  if p_instead_of.id is not null then
    v_parent_turn_id := p_instead_of.parent_turn_id;
  else
    -- The last turn that is shown; where that one was deleted, the newest that is left, so that the context goes on.
    v_head_turn_id := v_conversation.head_turn_id;
    if v_head_turn_id is null then
      select t.id into v_head_turn_id
      from public.kinkster_turns as t
      where t.user_id = v_user_id and t.conversation_id = v_conversation.id
      order by t.created_at desc, t.id
      limit 1;
    end if;
    -- The same words again after they got no whole reply take the place of the first try: said once, they stand once.
    select
      case when t.status in ('failed', 'cancelled') and t.message = p_message then t.parent_turn_id else t.id end
    into v_parent_turn_id
    from public.kinkster_turns as t
    where t.user_id = v_user_id and t.id = v_head_turn_id;
  end if;

  if not kinkster.queue_turn(v_conversation.id, v_turn_id, v_parent_turn_id, p_message) then
    -- Somebody was quicker: this very request from another connection, or another message of this conversation.
    v_sent := kinkster.sent_turn(v_user_id, p_request_id, p_kinkster_id, p_message, p_conversation_id);
    if v_sent is not null then
      return v_sent;
    end if;
    if not kinkster.release_expired_turn(v_conversation.id)
      or not kinkster.queue_turn(v_conversation.id, v_turn_id, v_parent_turn_id, p_message) then
      raise sqlstate 'PT409' using
        message = 'A reply is still being written in this conversation.',
        hint = 'Wait for it to end, or cancel it, then send the message again.';
    end if;
  end if;

  update public.kinkster_conversations as c
  set head_turn_id = v_turn_id, updated_at = kinkster.now()
  where c.user_id = v_user_id and c.id = v_conversation.id;

  return pg_catalog.jsonb_build_object(
    'success', true,
    'created', true,
    'turn_id', v_turn_id,
    'conversation_id', v_conversation.id,
    'status', 'queued',
    'safeword_seen', false
  );
end
$$;

comment on function kinkster.store_message(uuid, text, uuid, uuid, public.kinkster_turns) is
  'What every way of sending shares: stores the message and returns turn_id, conversation_id, status, created and safeword_seen. With p_instead_of the new turn stands beside that one, under the same parent. Raises what send_kinkster_message raises.';

revoke execute on function kinkster.store_message(uuid, text, uuid, uuid, public.kinkster_turns)
  from public, anon, authenticated, service_role;
grant execute on function kinkster.store_message(uuid, text, uuid, uuid, public.kinkster_turns)
  to authenticated, service_role;
