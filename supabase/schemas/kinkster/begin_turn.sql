-- The HTTP door's one call before it asks a provider: stores the message as the user, under row security, and claims the
-- turn as the worker, in one transaction and one round trip. Not security definer: it becomes the user and comes back.
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
  v_user_id uuid := (p_claims ->> 'sub')::uuid;
  v_endpoint text;
  v_sent jsonb;
begin
  perform pg_catalog.set_config('request.jwt.claims', p_claims::text, true);
  perform pg_catalog.set_config('role', 'authenticated', true);

  v_sent := kinkster.store_message(p_kinkster_id, p_message, p_conversation_id, p_request_id);
  if p_endpoint <> '/api/chat' then
    select kinkster.endpoint(k.provider) into v_endpoint from public.kinksters as k where k.id = p_kinkster_id;
  end if;

  perform pg_catalog.set_config('role', v_worker_role, true);
  perform pg_catalog.set_config('request.jwt.claims', '', true);

  -- Raising takes the message back: nothing is stored for a wrong route. A safeword is heeded on any.
  if p_endpoint not in ('/api/chat', v_endpoint) and not (v_sent ->> 'safeword_seen')::boolean then
    raise sqlstate 'PT409' using
      message = pg_catalog.format('This kinkster is not answered at %s.', p_endpoint),
      hint = pg_catalog.format('Post to %s, or to /api/chat, which finds the route by itself.', v_endpoint);
  end if;
  if (v_sent ->> 'created')::boolean and not (v_sent ->> 'safeword_seen')::boolean then
    return kinkster.claim_turn(v_user_id, (v_sent ->> 'turn_id')::uuid, p_worker, p_stateless);  -- nobody else knows of it yet
  end if;
  return kinkster.take_turn(v_user_id, (v_sent ->> 'turn_id')::uuid, p_worker, p_stateless);
end
$$;

comment on function kinkster.begin_turn(jsonb, uuid, text, uuid, uuid, text, text, boolean) is
  'store_message as the user of verified claims, then claim_turn, in one call. p_endpoint is the path that was called. A safeword, and a request that was sent and settled before, answer {"state": "settled", …}; one that is being answered, or has to wait, {"state": "waiting", …}. Raises what both raise, and PT409 for the wrong path.';

revoke execute on function kinkster.begin_turn(jsonb, uuid, text, uuid, uuid, text, text, boolean)
  from public, anon, authenticated, service_role;
grant execute on function kinkster.begin_turn(jsonb, uuid, text, uuid, uuid, text, text, boolean) to kinkster_worker;
