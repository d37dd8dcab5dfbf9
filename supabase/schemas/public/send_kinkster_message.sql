-- Begins a turn that waits for a worker: stores the message, and wakes whoever listens.
create or replace function public.send_kinkster_message(
  p_kinkster_id uuid,
  p_message text,
  p_conversation_id uuid default null,
  p_request_id uuid default null
)
  returns jsonb
  language plpgsql
  volatile
  security invoker
  set search_path = ''
as $$
declare
  v_sent jsonb := kinkster.store_message(p_kinkster_id, p_message, p_conversation_id, p_request_id);
begin
  perform kinkster.wake_workers(v_sent);
  return v_sent;
end
$$;

comment on function public.send_kinkster_message(uuid, text, uuid, uuid) is
  'Stores a message of 1 to 32,000 characters as a new turn and returns turn_id, conversation_id, status, created and safeword_seen. A message with one of the user''s safewords is taken in any state: it cancels the running reply, pauses the conversation, and is answered at once. Without p_conversation_id the latest conversation with the kinkster goes on, or a first one starts. The same p_request_id is one turn, however often it is sent. Raises PT404 for a kinkster or conversation that the caller cannot see, PT409 when the kinkster cannot be chatted with, the conversation is not active or a reply is in flight, PT422 for a bad message, PT403 without a user.';

revoke execute on function public.send_kinkster_message(uuid, text, uuid, uuid) from public, anon, authenticated, service_role;
grant execute on function public.send_kinkster_message(uuid, text, uuid, uuid) to authenticated, service_role;
