-- For clients that read it: the owner's last reply. A system character's row is nobody's to change.
create or replace function kinkster.show_response_id(p_user_id uuid, p_conversation_id uuid, p_response_id text)
  returns void
  language plpgsql
  volatile
  security invoker
  set search_path = ''
as $$
begin
  update public.kinksters as k
  set openai_previous_response_id = p_response_id
  from public.kinkster_conversations as c
  where c.user_id = p_user_id
    and c.id = p_conversation_id
    and k.id = c.kinkster_id
    and k.user_id = p_user_id
    and k.provider = 'openai_responses'
    and not k.is_system_kinkster;
exception when check_violation then
  -- A row from before a rule that it breaks can't be written. The reply matters more than this copy of its id.
  null;
end
$$;

comment on function kinkster.show_response_id(uuid, uuid, text) is
  'Notes the provider''s id of a reply in the character, when that is the user''s own.';

revoke execute on function kinkster.show_response_id(uuid, uuid, text) from public, anon, authenticated, service_role;
