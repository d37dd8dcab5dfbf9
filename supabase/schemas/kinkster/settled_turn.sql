-- What the doors need to show a turn that nobody has to answer any more.
create or replace function kinkster.settled_turn(p_turn public.kinkster_turns)
  returns jsonb
  language plpgsql
  immutable
  security invoker
  set search_path = ''
as $$
begin
  return pg_catalog.jsonb_build_object(
    'state', 'settled',
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

comment on function kinkster.settled_turn(public.kinkster_turns) is
  'A settled turn as the worker reads it: state, turn_id, conversation_id, status, reply, error.';

revoke execute on function kinkster.settled_turn(public.kinkster_turns) from public, anon, authenticated, service_role;
