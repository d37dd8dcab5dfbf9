-- What a safeword does, whole or not at all: the running reply stops, the conversation is paused, and the answer is ours,
-- the same each time; no model is asked. Security definer: no client may write a reply; no role may call it but through others.
create or replace function kinkster.check_in(
  p_user_id uuid,
  p_conversation_id uuid,
  p_turn_id uuid,
  p_message text
)
  returns public.kinkster_turns
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
declare
  c_reply constant text := 'You said your safeword, so everything stops here. Thank you for saying it: you did nothing '
    'wrong. How are you? Take a breath, some water, whatever is good for you now. Nothing goes on until you want it to: '
    'this conversation is paused, and you can resume it later, or never. If you feel unsafe, please talk to somebody you '
    'trust, or call your local emergency number.';
  v_now timestamptz := kinkster.now();
  v_head_turn_id uuid;
  v_turn public.kinkster_turns;
begin
  select c.head_turn_id into v_head_turn_id
  from public.kinkster_conversations as c
  where c.user_id = p_user_id and c.id = p_conversation_id
  for no key update;
  perform kinkster.stop_turns(p_user_id, 'safeword', p_conversation_id);
  perform kinkster.take_back_turns(p_user_id, p_conversation_id, p_turn_id, true);

  insert into public.kinkster_turns as t (
    user_id, id, conversation_id, parent_turn_id, message, status, reply, safeword_seen, started_at, finished_at
  )
  values (
    p_user_id, p_turn_id, p_conversation_id, nullif(v_head_turn_id, p_turn_id), p_message, 'completed', c_reply, true, v_now, v_now
  )
  on conflict (user_id, id) do update
  set
    status = 'completed',
    reply = c_reply,
    safeword_seen = true,
    finished_at = v_now,
    error_code = null,
    error_message = null,
    error_hint = null
  returning t.* into v_turn;

  update public.kinkster_conversations as c
  set
    head_turn_id = p_turn_id,
    state = case when c.state = 'active' then 'paused' else c.state end,
    updated_at = v_now
  where c.user_id = p_user_id and c.id = p_conversation_id;
  return v_turn;
end
$$;

comment on function kinkster.check_in(uuid, uuid, uuid, text) is
  'Answers a safeword: cancels what runs in the conversation, pauses it, and stores the message with a fixed reply as a completed turn, which is returned.';

revoke execute on function kinkster.check_in(uuid, uuid, uuid, text) from public, anon, authenticated, service_role;
