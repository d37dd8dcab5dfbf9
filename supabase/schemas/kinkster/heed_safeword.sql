-- The way of a user's message to check_in. Security definer, as that is; it takes no user id, looks for the safeword
-- itself, and so can do nothing but stop the caller's own conversation.
create or replace function kinkster.heed_safeword(p_conversation_id uuid, p_turn_id uuid, p_message text)
  returns boolean
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
declare
  v_user_id uuid := (select auth.uid());
begin
  if not kinkster.has_safeword(p_message, (select p.safewords from public.profiles as p where p.id = v_user_id)) then
    return false;
  end if;
  perform from public.kinkster_conversations as c where c.user_id = v_user_id and c.id = p_conversation_id;
  if not found then
    return false;
  end if;
  perform from public.kinkster_turns as t where t.user_id = v_user_id and t.id = p_turn_id;
  if found then
    return false;
  end if;
  -- A message that is too long to be stored is heeded all the same.
  perform kinkster.check_in(v_user_id, p_conversation_id, p_turn_id, pg_catalog.left(p_message, 32000));
  return true;
end
$$;

comment on function kinkster.heed_safeword(uuid, uuid, text) is
  'check_in for a new message of the caller''s that holds one of their safewords; false, and nothing done, for any other.';

revoke execute on function kinkster.heed_safeword(uuid, uuid, text) from public, anon, authenticated, service_role;
grant execute on function kinkster.heed_safeword(uuid, uuid, text) to authenticated;
