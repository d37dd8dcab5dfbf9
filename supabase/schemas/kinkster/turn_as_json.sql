-- A turn as it is shown to whoever asked for it: what was replied, or why not.
create or replace function kinkster.turn_as_json(p_turn public.kinkster_turns)
  returns jsonb
  language plpgsql
  immutable
  security invoker
  set search_path = ''
as $$
begin
  return pg_catalog.jsonb_build_object(
    'turn_id', p_turn.id,
    'conversation_id', p_turn.conversation_id,
    'status', p_turn.status,
    'reply', p_turn.reply,
    'error', case when p_turn.error_code is not null then
      pg_catalog.jsonb_build_object(
        'code', p_turn.error_code, 'message', p_turn.error_message, 'hint', p_turn.error_hint
      )
    end
  );
end
$$;

comment on function kinkster.turn_as_json(public.kinkster_turns) is
  'A turn as JSON: turn_id, conversation_id, status, reply, and error (code, message, hint) or null.';

revoke execute on function kinkster.turn_as_json(public.kinkster_turns) from public, anon, authenticated, service_role;
grant execute on function kinkster.turn_as_json(public.kinkster_turns) to authenticated, service_role;
