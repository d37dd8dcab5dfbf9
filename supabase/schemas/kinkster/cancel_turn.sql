-- Cancels a turn of the caller's. Security definer: a client may not write a status itself; it takes no user id, so it
-- reaches the caller's own turns alone.
create or replace function kinkster.cancel_turn(p_turn_id uuid)
  returns boolean
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
begin
  return p_turn_id is not null and kinkster.stop_turns((select auth.uid()), 'cancelled', p_turn_id => p_turn_id) > 0;
end
$$;

comment on function kinkster.cancel_turn(uuid) is
  'Cancels the caller''s turn if it waits or streams; whether it did.';

revoke execute on function kinkster.cancel_turn(uuid) from public, anon, authenticated, service_role;
grant execute on function kinkster.cancel_turn(uuid) to authenticated;
