-- Keeps what has streamed so far and renews the lease: what a worker does every few seconds while it answers. Until it has
-- any text, what an earlier attempt had streamed stays.
create or replace function kinkster.checkpoint_turn(p_user_id uuid, p_turn_id uuid, p_lease uuid, p_reply text)
  returns timestamptz
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
declare
  v_lease_expires_at timestamptz;
begin
  update public.kinkster_turns as t
  set
    reply = coalesce(nullif(p_reply, ''), t.reply),
    lease_expires_at = kinkster.now() + (select s.lease from kinkster.settings as s)
  where t.user_id = p_user_id and t.id = p_turn_id and t.lease = p_lease and t.status = 'streaming'
  returning t.lease_expires_at into v_lease_expires_at;
  if not found then
    raise sqlstate 'KW001' using message = 'This turn is no longer leased to this worker.';
  end if;
  return v_lease_expires_at;
end
$$;

comment on function kinkster.checkpoint_turn(uuid, uuid, uuid, text) is
  'Stores the reply so far and renews the lease; returns its new end. Raises KW001 when the lease is lost.';

revoke execute on function kinkster.checkpoint_turn(uuid, uuid, uuid, text) from public, anon, authenticated, service_role;
grant execute on function kinkster.checkpoint_turn(uuid, uuid, uuid, text) to kinkster_worker;
