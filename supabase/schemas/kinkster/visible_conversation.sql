-- Row security decides which conversations a caller sees; this turns "none" into the one answer for unknown and foreign ids.
create or replace function kinkster.visible_conversation(p_conversation_id uuid)
  returns public.kinkster_conversations
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  v_user_id uuid := auth.uid();
  v_conversation public.kinkster_conversations;
begin
  select c.* into v_conversation
  from public.kinkster_conversations as c
  where c.user_id = v_user_id and c.id = p_conversation_id;
  if not found then
    raise sqlstate 'PT404' using
      message = 'There is no conversation with this id that you can see.',
      hint = 'Use the conversation_id that send_kinkster_message returned.';
  end if;
  return v_conversation;
end
$$;

comment on function kinkster.visible_conversation(uuid) is
  'The caller''s conversation with this id. Raises PT404, the same for an unknown one and somebody else''s.';

revoke execute on function kinkster.visible_conversation(uuid) from public, anon, authenticated, service_role;
grant execute on function kinkster.visible_conversation(uuid) to authenticated;
