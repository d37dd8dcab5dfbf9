-- Cancels a turn of the caller's. Security definer: a client may not write a status itself; it takes no user id, so it
-- reaches the caller's own turns alone. Whoever answers the turn is told at once, and finds out at its next checkpoint
-- if the notice is lost.
create or replace function kinkster.cancel_turn(p_turn_id uuid)
  returns boolean
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
begin
  update public.kinkster_turns as t
  set
    status = 'cancelled',
    finished_at = kinkster.now(),
    next_attempt_at = null,
    error_code = 'cancelled',
    error_message = 'You cancelled this reply.',
    error_hint = 'Send the message again to have one.'
  where t.user_id = (select auth.uid()) and t.id = p_turn_id and t.status in ('queued', 'streaming');
  if found then
    perform pg_catalog.pg_notify('kinkster_cancelled', p_turn_id::text);
  end if;
  return found;
end
$$;

comment on function kinkster.cancel_turn(uuid) is
  'Cancels the caller''s turn if it waits or streams; whether it did.';

revoke execute on function kinkster.cancel_turn(uuid) from public, anon, authenticated, service_role;
grant execute on function kinkster.cancel_turn(uuid) to authenticated;
