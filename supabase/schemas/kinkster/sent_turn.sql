-- What became of a request that was sent before: sending again under the same id changes nothing and says so.
create or replace function kinkster.sent_turn(
  p_user_id uuid,
  p_request_id uuid,
  p_kinkster_id uuid,
  p_message text,
  p_conversation_id uuid
)
  returns jsonb
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  v_sent record;
begin
  select
    t.id, t.conversation_id, t.status, t.message, t.safeword_seen,
    (select c.kinkster_id from public.kinkster_conversations as c where c.user_id = p_user_id and c.id = t.conversation_id)
  into v_sent
  from public.kinkster_turns as t
  where t.user_id = p_user_id and t.id = p_request_id;
  if not found then
    return null;
  end if;
  if v_sent.message <> p_message
    or v_sent.kinkster_id is distinct from p_kinkster_id
    or v_sent.conversation_id <> coalesce(p_conversation_id, v_sent.conversation_id) then
    raise sqlstate 'PT409' using
      message = 'This request id was used for another message.',
      hint = 'Use a new id for each message, and the same id only to send the same message again.';
  end if;
  return pg_catalog.jsonb_build_object(
    'success', true,
    'created', false,
    'turn_id', v_sent.id,
    'conversation_id', v_sent.conversation_id,
    'status', v_sent.status,
    'safeword_seen', v_sent.safeword_seen
  );
end
$$;

comment on function kinkster.sent_turn(uuid, uuid, uuid, text, uuid) is
  'The turn of a request id as send_kinkster_message answers it, or null. Raises PT409 when the id was used for something else.';

revoke execute on function kinkster.sent_turn(uuid, uuid, uuid, text, uuid) from public, anon, authenticated, service_role;
grant execute on function kinkster.sent_turn(uuid, uuid, uuid, text, uuid) to authenticated, service_role;
