-- Runs before a turn is deleted. The turns of a conversation that is gone have been taken back with it.
create or replace function kinkster.take_back_turn()
  returns trigger
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
begin
  if exists (
    select from public.kinkster_conversations as c where c.user_id = old.user_id and c.id = old.conversation_id
  ) then
    perform kinkster.take_back_turns(old.user_id, old.conversation_id, old.id, false);
  end if;
  return old;
end
$$;

comment on function kinkster.take_back_turn() is
  'Trigger function: kinkster.take_back_turns for one turn.';

revoke execute on function kinkster.take_back_turn() from public, anon, authenticated, service_role;
