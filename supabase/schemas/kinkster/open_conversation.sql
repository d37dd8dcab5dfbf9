-- The conversation that a message goes into, locked until the transaction ends: two messages cannot pick one parent.
create or replace function kinkster.open_conversation(p_user_id uuid, p_kinkster_id uuid, p_conversation_id uuid)
  returns public.kinkster_conversations
  language plpgsql
  volatile
  security invoker
  set search_path = ''
as $$
declare
  v_conversation public.kinkster_conversations;
begin
  if p_conversation_id is not null then
    select c.* into v_conversation
    from public.kinkster_conversations as c
    where c.user_id = p_user_id and c.id = p_conversation_id
    for no key update;
    if not found or v_conversation.kinkster_id <> p_kinkster_id then
      raise sqlstate 'PT404' using
        message = 'There is no conversation with this id between you and this kinkster.',
        hint = 'Check the id, or leave it out to go on with the latest conversation.';
    end if;
  else
    for v_try in 1 .. 2 loop
      select c.* into v_conversation
      from public.kinkster_conversations as c
      where c.user_id = p_user_id and c.kinkster_id = p_kinkster_id and c.state <> 'ended'
      order by c.updated_at desc, c.id
      limit 1
      for no key update;
      exit when found;
      if v_try = 1 then
        -- Two first messages at once would start two conversations: the second looks again.
        perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended(p_user_id::text || p_kinkster_id::text, 0));
      else
        perform kinkster.visible_kinkster(p_kinkster_id);
        insert into public.kinkster_conversations (user_id, kinkster_id)
        values (p_user_id, p_kinkster_id)
        returning * into v_conversation;
      end if;
    end loop;
  end if;
  return v_conversation;
end
$$;

comment on function kinkster.open_conversation(uuid, uuid, uuid) is
  'The given conversation of a user with a kinkster, or the latest that has not ended, or a new one; locked, and not asked whether it is active. Raises PT404 when the given one does not exist, or the kinkster cannot be seen.';

revoke execute on function kinkster.open_conversation(uuid, uuid, uuid) from public, anon, authenticated, service_role;
grant execute on function kinkster.open_conversation(uuid, uuid, uuid) to authenticated, service_role;
