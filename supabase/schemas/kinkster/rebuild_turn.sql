-- The provider has forgotten what came before. The transcript has not.
create or replace function kinkster.rebuild_turn(p_user_id uuid, p_turn_id uuid, p_lease uuid)
  returns jsonb
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
declare
  v_parent_turn_id uuid;
begin
  update public.kinkster_turns as t
  set continuity = 'rebuilt', rebuilt_because = 'forgotten'
  where t.user_id = p_user_id and t.id = p_turn_id and t.lease = p_lease and t.status = 'streaming'
  returning t.parent_turn_id into v_parent_turn_id;
  if not found then
    raise sqlstate 'KW001' using message = 'This turn is no longer leased to this worker.';
  end if;
  return kinkster.turn_history(p_user_id, v_parent_turn_id);
end
$$;

comment on function kinkster.rebuild_turn(uuid, uuid, uuid) is
  'Notes that the provider did not know the turn''s previous response, and returns the history to send instead. Raises KW001 when the lease is lost.';

revoke execute on function kinkster.rebuild_turn(uuid, uuid, uuid) from public, anon, authenticated, service_role;
grant execute on function kinkster.rebuild_turn(uuid, uuid, uuid) to kinkster_worker;
