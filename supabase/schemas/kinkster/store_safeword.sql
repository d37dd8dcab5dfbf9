-- Stops what the user wants stopped. A slip in the request must not stand in the way: with a conversation that is none of
-- theirs it goes to the one with this kinkster that is being answered, or the latest; with an id that another message has,
-- it gets its own.
create or replace function kinkster.store_safeword(
  p_kinkster_id uuid,
  p_message text,
  p_conversation_id uuid,
  p_request_id uuid
)
  returns jsonb
  language plpgsql
  volatile
  security invoker
  set search_path = ''
as $$
declare
  v_user_id uuid := auth.uid();
  v_turn_id uuid := coalesce(p_request_id, pg_catalog.gen_random_uuid());
  v_sent public.kinkster_turns;
  v_conversation_id uuid;
begin
  select c.id into v_conversation_id
  from public.kinkster_conversations as c
  where c.user_id = v_user_id
    and (c.id = p_conversation_id or (c.kinkster_id = p_kinkster_id and c.state <> 'ended'))
  order by
    c.id is not distinct from p_conversation_id desc,
    exists (
      select
      from kinkster.turns_in_flight as f
      where f.user_id = v_user_id and f.conversation_id = c.id
    ) desc,
    c.updated_at desc
  limit 1
  for no key update;
  if not found then
    v_conversation_id := (kinkster.open_conversation(v_user_id, p_kinkster_id, null)).id;
  end if;

  select t.* into v_sent
  from public.kinkster_turns as t
  where t.user_id = v_user_id and t.id = v_turn_id;
  if v_sent.safeword_seen and v_sent.status = 'completed' and v_sent.message = pg_catalog.left(p_message, 32000) then
    v_conversation_id := v_sent.conversation_id;  -- sent again
  else
    if v_sent.id is not null then
      v_turn_id := pg_catalog.gen_random_uuid();
    end if;
    if not kinkster.heed_safeword(v_conversation_id, v_turn_id, p_message) then
      return null;
    end if;
  end if;
  return pg_catalog.jsonb_build_object(
    'success', true,
    'created', v_sent.id is distinct from v_turn_id,
    'turn_id', v_turn_id,
    'conversation_id', v_conversation_id,
    'status', 'completed',
    'safeword_seen', true
  );
end
$$;

comment on function kinkster.store_safeword(uuid, text, uuid, uuid) is
  'store_message for a message with one of the caller''s safewords: stops and pauses the conversation, and answers. Sent again under the same id it changes nothing. Null when it is no safeword any more. Raises PT404 when there is nothing to stop and the kinkster cannot be seen.';

revoke execute on function kinkster.store_safeword(uuid, text, uuid, uuid) from public, anon, authenticated, service_role;
grant execute on function kinkster.store_safeword(uuid, text, uuid, uuid) to authenticated;
