-- Runs after a reply was rated, rated anew, or its rating taken back.
create or replace function kinkster.reopen_hour_of_rated_turn()
  returns trigger
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
begin
  perform kinkster.reopen_hour(t.created_at)
  from public.kinkster_turns as t
  where (t.user_id, t.id) in ((old.user_id, old.turn_id), (new.user_id, new.turn_id));
  return null;
end
$$;

comment on function kinkster.reopen_hour_of_rated_turn() is
  'Trigger function: kinkster.reopen_hour for the turn that a rating is of.';

revoke execute on function kinkster.reopen_hour_of_rated_turn() from public, anon, authenticated, service_role;
