-- A worker that died leaves its turn streaming. Once the lease is over, the owner's next message settles it as failed
-- instead of waiting for ever; what had streamed is kept. Security definer: a client may not write a status itself.
create or replace function kinkster.release_expired_turn(p_conversation_id uuid)
  returns boolean
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
begin
  update public.kinkster_turns as t
  set
    status = 'failed',
    finished_at = kinkster.now(),
    error_code = 'worker_lost',
    error_message = 'The reply was interrupted and did not finish.',
    error_hint = 'Send the message again.'
  where t.user_id = (select auth.uid())
    and t.conversation_id = p_conversation_id
    and t.status = 'streaming'
    and t.lease_expires_at <= kinkster.now();
  return found;
end
$$;

comment on function kinkster.release_expired_turn(uuid) is
  'Settles as failed the turn of the caller''s conversation whose lease has run out; true when there was one.';

revoke execute on function kinkster.release_expired_turn(uuid) from public, anon, authenticated, service_role;
grant execute on function kinkster.release_expired_turn(uuid) to authenticated;
