-- A worker that died leaves its turn streaming, and where no worker looks for waiting turns one may wait for ever. Once the
-- lease is over, or nobody has taken it for 10 minutes, the owner's next message settles it as failed; what had streamed
-- is kept. Security definer: a client may not write a status itself.
create or replace function kinkster.release_expired_turn(p_conversation_id uuid)
  returns boolean
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
declare
  v_user_id uuid := (select auth.uid());
begin
  update public.kinkster_turns as t
  set
    status = 'failed',
    finished_at = kinkster.now(),
    error_code = 'worker_lost',
    error_message = 'The reply was interrupted and did not finish.',
    error_hint = 'Send the message again.'
  from kinkster.turns_in_flight as f
  where f.user_id = v_user_id
    and f.conversation_id = p_conversation_id
    and t.user_id = f.user_id
    and t.id = f.turn_id
    and (
      (t.status = 'streaming' and t.lease_expires_at <= kinkster.now())
      or (t.status = 'queued' and coalesce(t.next_attempt_at, t.created_at) <= kinkster.now() - interval '10 minutes')
    );
  delete from kinkster.turns_in_flight as f
  using public.kinkster_turns as t
  where f.user_id = v_user_id
    and f.conversation_id = p_conversation_id
    and t.user_id = f.user_id
    and t.id = f.turn_id
    and t.status not in ('queued', 'streaming');
  return found;
end
$$;

comment on function kinkster.release_expired_turn(uuid) is
  'Settles as failed the turn of the caller''s conversation whose lease has run out, or that nobody has taken for 10 minutes; true when there was one.';

revoke execute on function kinkster.release_expired_turn(uuid) from public, anon, authenticated, service_role;
grant execute on function kinkster.release_expired_turn(uuid) to authenticated;
