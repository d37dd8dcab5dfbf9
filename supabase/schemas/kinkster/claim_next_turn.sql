-- The queue door's claim. Users take turns: it gives the first waiting turn of the next user after the one whose turn the
-- worker claimed last, so that a user with a thousand messages waits for no more of them than the others do. Locked rows
-- are passed over. Turns are looked up one by one, from those in flight: joined as tables, all would be read for each claim.
create or replace function kinkster.claim_next_turn(
  p_worker text,
  p_after_user_id uuid default null,
  p_stateless boolean default false
)
  returns jsonb
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
declare
  c_first_user constant uuid := '00000000-0000-0000-0000-000000000000'::uuid;
  c_most constant integer := 100;  -- turns that end or wait instead of being claimed; the next call goes on
  c_places constant integer := 5;  -- turns of one user at a time, so that nobody takes all places
  v_now timestamptz := kinkster.now();
  v_after uuid := coalesce(p_after_user_id, c_first_user);
  v_around boolean := p_after_user_id is null;
  v_user_id uuid;
  v_turn_id uuid;
  v_claimed jsonb;
begin
  for v_try in 1 .. c_most loop
    select t.user_id, t.id into v_user_id, v_turn_id
    from kinkster.turns_in_flight as f
    cross join lateral (
      select t.user_id, t.id
      from public.kinkster_turns as t
      where t.user_id = f.user_id
        and t.id = f.turn_id
        and (
          (t.status = 'queued' and coalesce(t.next_attempt_at <= v_now, true))
          or (t.status = 'streaming' and t.lease_expires_at <= v_now)
        )
      for no key update skip locked
    ) as t
    where f.user_id > v_after
      and c_places > (
        select pg_catalog.count(*)
        from kinkster.turns_in_flight as other
        cross join lateral (
          select t.id
          from public.kinkster_turns as t
          where t.user_id = other.user_id and t.id = other.turn_id and t.status = 'streaming' and t.lease_expires_at > v_now
          limit 1
        ) as running
        where other.user_id = f.user_id
      )
    order by f.user_id, f.conversation_id
    limit 1;
    if found then
      begin
        v_claimed := kinkster.claim_turn(v_user_id, v_turn_id, p_worker, p_stateless);
      exception when others then
        v_claimed := '{}';
        -- Somebody is at it, or the database has a trouble that passes: passed over. But one turn that can't be prepared
        -- at all must not stop the queue for everybody.
        if sqlstate !~ '^(KW|40|53|55|57|58)' then
          raise warning 'Turn % could not be claimed: SQLSTATE %.', v_turn_id, sqlstate;
          update public.kinkster_turns as t
          set
            status = 'failed',
            finished_at = v_now,
            next_attempt_at = null,
            error_code = 'not_chattable',
            error_message = 'The database could not prepare this message.',
            error_hint = 'Tell the operator the time and the id of the turn.'
          where t.user_id = v_user_id and t.id = v_turn_id;
          delete from kinkster.turns_in_flight as f where f.user_id = v_user_id and f.turn_id = v_turn_id;
        end if;
      end;
      if v_claimed ->> 'state' = 'claimed' then
        return v_claimed;
      end if;
      v_after := v_user_id;
    elsif not v_around then
      v_around := true;
      v_after := c_first_user;  -- once around: the users up to the last one
    else
      exit;
    end if;
  end loop;
  return '{"state": "idle"}'::jsonb;
end
$$;

comment on function kinkster.claim_next_turn(text, uuid, boolean) is
  'Claims the next turn that waits, as claim_turn does, beginning with the users after p_after_user_id (null: with any), and at most five of a user at a time; {"state": "idle"} when none waits.';

revoke execute on function kinkster.claim_next_turn(text, uuid, boolean) from public, anon, authenticated, service_role;
grant execute on function kinkster.claim_next_turn(text, uuid, boolean) to kinkster_worker;
