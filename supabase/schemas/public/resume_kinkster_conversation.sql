-- Goes on after a safeword or a pause. The user's alone: it takes no user id, and no other role may write the state.
create or replace function public.resume_kinkster_conversation(p_conversation_id uuid)
  returns jsonb
  language plpgsql
  volatile
  security invoker
  set search_path = ''
as $$
declare
  v_conversation public.kinkster_conversations := kinkster.visible_conversation(p_conversation_id);
begin
  if v_conversation.state = 'ended' then
    raise sqlstate 'PT409' using
      message = 'This conversation has ended.',
      hint = 'Start a new one: insert a row with the kinkster_id into kinkster_conversations.';
  end if;
  update public.kinkster_conversations as c
  set state = 'active', updated_at = kinkster.now()
  where c.user_id = v_conversation.user_id and c.id = p_conversation_id and c.state = 'paused';
  return pg_catalog.jsonb_build_object('success', true, 'conversation_id', p_conversation_id, 'state', 'active');
end
$$;

comment on function public.resume_kinkster_conversation(uuid) is
  'Makes the caller''s paused conversation active again; an active one stays so. Returns conversation_id and state. Raises PT404 for a conversation that the caller cannot see, PT409 for one that has ended.';

revoke execute on function public.resume_kinkster_conversation(uuid) from public, anon, authenticated, service_role;
grant execute on function public.resume_kinkster_conversation(uuid) to authenticated;
