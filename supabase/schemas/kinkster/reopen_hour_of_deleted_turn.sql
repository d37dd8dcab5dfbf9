-- Runs after a turn was deleted, alone or with its conversation, character or user. No turn's own path deletes.
create or replace function kinkster.reopen_hour_of_deleted_turn()
  returns trigger
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
begin
  perform kinkster.reopen_hour(old.created_at);
  return null;
end
$$;

comment on function kinkster.reopen_hour_of_deleted_turn() is
  'Trigger function: kinkster.reopen_hour for a deleted turn.';

revoke execute on function kinkster.reopen_hour_of_deleted_turn() from public, anon, authenticated, service_role;
