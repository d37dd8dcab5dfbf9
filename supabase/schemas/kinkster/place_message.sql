-- All that is asked of a message before it is stored, as the user, under row security: whether it may be said, and where it
-- goes. The conversation stays locked until the transaction ends. A safeword comes before everything that could refuse the
-- message, and goes its own way.
create or replace function kinkster.place_message(
  p_kinkster_id uuid,
  p_message text,
  p_conversation_id uuid,
  p_request_id uuid,
  p_instead_of public.kinkster_turns default null,
  out sent jsonb,
  out turn_id uuid,
  out conversation_id uuid,
  out parent_turn_id uuid,
  out rollout_id uuid,
  out hard_limits text[],
  out soft_limits text[]
)
  language plpgsql
  volatile
  security invoker
  set search_path = ''
as $$
declare
  c_readable constant integer := 200000;  -- a safeword is looked for in no more characters
  v_user_id uuid := auth.uid();
  v_profile record;
  v_locked record;
  v_obstacle record;
  v_kinkster public.kinksters;
  v_conversation public.kinkster_conversations;
  v_head record;
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
    sent := kinkster.store_safeword(p_kinkster_id, pg_catalog.left(p_message, c_readable), p_conversation_id, p_request_id);
    if sent is not null then
      return;
    end if;
  end if;

  sent := kinkster.sent_turn(v_user_id, p_request_id, p_kinkster_id, p_message, p_conversation_id);
  if sent is not null then
    return;
  end if;
  if pg_catalog.char_length(p_message) > 32000 then
    raise sqlstate 'PT422' using
      message = pg_catalog.format('The message has %s characters; at most 32,000 are taken.', pg_catalog.char_length(p_message)),
      hint = 'Shorten it, or send it in parts.';
  end if;
  v_kinkster := kinkster.visible_kinkster(p_kinkster_id);
  v_obstacle := kinkster.chat_obstacle(v_kinkster, coalesce(v_profile.state, 'none'));
  if v_obstacle.reason is null then
    v_conversation := kinkster.open_conversation(v_user_id, p_kinkster_id, p_conversation_id);
    if v_conversation.head_turn_id = p_request_id then
      sent := kinkster.sent_turn(v_user_id, p_request_id, p_kinkster_id, p_message, p_conversation_id);
      return;
    end if;
    if v_conversation.state <> 'active' then
      raise sqlstate 'PT409' using
        message = pg_catalog.format('This conversation is %s.', v_conversation.state),
        hint = case v_conversation.state
          when 'paused' then 'Call resume_kinkster_conversation when you want to go on.'
          else 'Start a new conversation, or set its state to active.'
        end;
    end if;
    -- Limits, and a pause of all chats, as they are now that the conversation is locked: it may have waited for that.
    select p.submission_state::text as state, p.hard_limits, p.soft_limits into v_locked
    from public.profiles as p
    where p.id = v_user_id;
    if v_locked.state is distinct from v_profile.state then
      v_obstacle := kinkster.chat_obstacle(v_kinkster, coalesce(v_locked.state, 'none'));
    end if;
  end if;
  if v_obstacle.reason is not null then
    raise sqlstate 'PT409' using message = v_obstacle.reason, hint = v_obstacle.hint;
  end if;

  perform
  from kinkster.turns_in_flight as f
  where f.user_id = v_user_id and f.conversation_id = v_conversation.id;
  if found and not kinkster.release_expired_turn(v_conversation.id) then
    raise sqlstate 'PT409' using
      message = 'A reply is still being written in this conversation.',
      hint = 'Wait for it to end, or cancel it, then send the message again.';
  end if;

  if p_instead_of.id is not null then
    parent_turn_id := p_instead_of.parent_turn_id;
  else
    -- The last turn that is shown; where that one was deleted, the newest that is left, so that the context goes on.
    if v_conversation.head_turn_id is not null then
      select t.id, t.parent_turn_id, t.status, t.message into v_head
      from public.kinkster_turns as t
      where t.user_id = v_user_id and t.id = v_conversation.head_turn_id;
    else
      select t.id, t.parent_turn_id, t.status, t.message into v_head
      from public.kinkster_turns as t
      where t.user_id = v_user_id and t.conversation_id = v_conversation.id
      order by t.created_at desc, t.id
      limit 1;
    end if;
    -- The same words again after they got no whole reply take the place of the first try: said once, they stand once.
    parent_turn_id := case
      when v_head.status in ('failed', 'cancelled') and v_head.message = p_message then v_head.parent_turn_id
      else v_head.id
    end;
  end if;
  turn_id := coalesce(p_request_id, pg_catalog.gen_random_uuid());
  conversation_id := v_conversation.id;
  rollout_id := v_conversation.rollout_id;
  hard_limits := v_locked.hard_limits;
  soft_limits := v_locked.soft_limits;
end
$$;

comment on function kinkster.place_message(uuid, text, uuid, uuid, public.kinkster_turns) is
  'What every way of sending asks first. Gives sent, what is answered already: a request that came before, or a safeword; else the keys of the turn that is to be stored: turn_id, conversation_id, parent_turn_id; and what its claim has to know: rollout_id, and the user''s hard_limits and soft_limits. With p_instead_of the turn stands beside that one, under the same parent. Raises what send_kinkster_message raises.';

revoke execute on function kinkster.place_message(uuid, text, uuid, uuid, public.kinkster_turns)
  from public, anon, authenticated, service_role;
grant execute on function kinkster.place_message(uuid, text, uuid, uuid, public.kinkster_turns)
  to authenticated, service_role;
