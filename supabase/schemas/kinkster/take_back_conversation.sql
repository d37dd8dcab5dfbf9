-- Runs before a conversation is deleted, by itself or with its character or user.
create or replace function kinkster.take_back_conversation()
  returns trigger
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
begin
  perform kinkster.take_back_turns(old.user_id, old.id, null, false);
  return old;
end
$$;

comment on function kinkster.take_back_conversation() is
  'Trigger function: kinkster.take_back_turns for all turns of a conversation.';

revoke execute on function kinkster.take_back_conversation() from public, anon, authenticated, service_role;
