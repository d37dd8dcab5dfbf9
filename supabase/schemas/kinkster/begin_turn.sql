-- The HTTP door's one call before it asks a provider: places the message as the user, under row security, and stores
-- and claims its turn as the worker, in one transaction and one round trip. Not security definer: it becomes the user and
-- comes back.
create or replace function kinkster.begin_turn(
  p_claims jsonb,
  p_kinkster_id uuid,
  p_message text,
  p_conversation_id uuid,
  p_request_id uuid,
  p_endpoint text,
  p_worker text,
  p_stateless boolean default false
)
  returns jsonb
  language plpgsql
  volatile
  security invoker
  set search_path = ''
as $$
declare
  v_worker_role text := pg_catalog.current_setting('role');
  v_placed record;
  v_kinkster public.kinksters;
  v_turn public.kinkster_turns;
  v_endpoint text;
  v_planned jsonb;
begin
  v_turn.user_id := (p_claims ->> 'sub')::uuid;
  v_turn.message := p_message;
  loop
    perform pg_catalog.set_config('request.jwt.claims', p_claims::text, true);
    perform pg_catalog.set_config('role', 'authenticated', true);

    v_placed := kinkster.place_message(p_kinkster_id, p_message, p_conversation_id, p_request_id);
    select k.* into v_kinkster from public.kinksters as k where k.id = p_kinkster_id;
    if p_endpoint <> '/api/chat' then
      v_endpoint := kinkster.endpoint(v_kinkster.provider);
    end if;

    perform pg_catalog.set_config('role', v_worker_role, true);
    perform pg_catalog.set_config('request.jwt.claims', '', true);

    -- Raising takes back what was stored: nothing is, for a wrong route. A safeword is heeded on any.
    if p_endpoint not in ('/api/chat', v_endpoint) and not coalesce((v_placed.sent ->> 'safeword_seen')::boolean, false) then
      raise sqlstate 'PT409' using
        message = pg_catalog.format('This kinkster is not answered at %s.', p_endpoint),
        hint = pg_catalog.format('Post to %s, or to /api/chat, which finds the route by itself.', v_endpoint);
    end if;
    if v_placed.sent is not null then
      return kinkster.take_turn(v_turn.user_id, (v_placed.sent ->> 'turn_id')::uuid, p_worker, p_stateless);
    end if;
    continue when v_kinkster.id is null;  -- it was seen a moment ago; the next look says that it is gone
    v_turn.id := v_placed.turn_id;
    v_turn.conversation_id := v_placed.conversation_id;
    v_turn.parent_turn_id := v_placed.parent_turn_id;
    v_planned := kinkster.plan_turn(
      v_turn, true, v_kinkster, v_placed.rollout_id, v_placed.hard_limits, v_placed.soft_limits, null, p_worker, p_stateless
    );
    -- Where somebody was quicker, with this id or in this conversation, the next look sees them.
    exit when v_planned is not null;
  end loop;
  return v_planned;
end
$$;

comment on function kinkster.begin_turn(jsonb, uuid, text, uuid, uuid, text, text, boolean) is
  'place_message as the user of verified claims, then plan_turn, in one call. p_endpoint is the path that was called. A safeword, and a request that was sent and settled before, answer {"state": "settled", …}; one that is being answered, or has to wait, {"state": "waiting", …}. Raises what both raise, and PT409 for the wrong path.';

revoke execute on function kinkster.begin_turn(jsonb, uuid, text, uuid, uuid, text, text, boolean)
  from public, anon, authenticated, service_role;
grant execute on function kinkster.begin_turn(jsonb, uuid, text, uuid, uuid, text, text, boolean) to kinkster_worker;
