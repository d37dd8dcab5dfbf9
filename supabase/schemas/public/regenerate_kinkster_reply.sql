-- Another reply to the same message: a new turn beside the old one, which stays and can be switched back to.
create or replace function public.regenerate_kinkster_reply(p_turn_id uuid, p_request_id uuid default null)
  returns jsonb
  language plpgsql
  volatile
  security invoker
  set search_path = ''
as $$
declare
  v_turn public.kinkster_turns := kinkster.visible_turn(p_turn_id);
begin
  if v_turn.safeword_seen and v_turn.status = 'completed' then
    raise sqlstate 'PT409' using
      message = 'The answer to a safeword stays as it is.',
      hint = 'Resume the conversation, then send another message.';
  end if;
  return kinkster.send_instead_of(v_turn, v_turn.message, p_request_id);
end
$$;

comment on function public.regenerate_kinkster_reply(uuid, uuid) is
  'Asks for another reply to the message of a turn. Returns what send_kinkster_message returns, for the new turn, which the conversation then shows. The same p_request_id is one turn. Raises PT404 for a turn that the caller cannot see, PT409 for the answer to a safeword, and what send_kinkster_message raises.';

revoke execute on function public.regenerate_kinkster_reply(uuid, uuid) from public, anon, authenticated, service_role;
grant execute on function public.regenerate_kinkster_reply(uuid, uuid) to authenticated;
