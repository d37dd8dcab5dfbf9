-- Stops all that is being written for the caller. Security definer, as cancel_turn is, and for the same reason.
create or replace function kinkster.pause_turns()
  returns integer
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
begin
  return kinkster.stop_turns((select auth.uid()), 'paused');
end
$$;

comment on function kinkster.pause_turns() is 'Cancels every turn of the caller''s that waits or streams; how many.';

revoke execute on function kinkster.pause_turns() from public, anon, authenticated, service_role;
grant execute on function kinkster.pause_turns() to authenticated;
