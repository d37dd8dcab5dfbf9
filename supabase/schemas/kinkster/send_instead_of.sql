-- A new turn beside another, under the same parent, for whoever listens to answer.
create or replace function kinkster.send_instead_of(
  p_turn public.kinkster_turns,
  p_message text,
  p_request_id uuid
)
  returns jsonb
  language plpgsql
  volatile
  security invoker
  set search_path = ''
as $$
declare
  v_sent jsonb;
begin
  v_sent := kinkster.store_message(
    (
      select c.kinkster_id
      from public.kinkster_conversations as c
      where c.user_id = p_turn.user_id and c.id = p_turn.conversation_id
    ),
    p_message,
    p_turn.conversation_id,
    p_request_id,
    p_turn
  );
  perform kinkster.wake_workers(v_sent);
  return v_sent;
end
$$;

comment on function kinkster.send_instead_of(public.kinkster_turns, text, uuid) is
  'store_message beside a turn of the caller''s, and a notice to the workers.';

revoke execute on function kinkster.send_instead_of(public.kinkster_turns, text, uuid)
  from public, anon, authenticated, service_role;
grant execute on function kinkster.send_instead_of(public.kinkster_turns, text, uuid) to authenticated;
