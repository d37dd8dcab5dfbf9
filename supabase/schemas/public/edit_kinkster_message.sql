-- Another message in place of an earlier one: a new turn beside the old one, answered as if that had never been said.
create or replace function public.edit_kinkster_message(
  p_turn_id uuid,
  p_message text,
  p_request_id uuid default null
)
  returns jsonb
  language plpgsql
  volatile
  security invoker
  set search_path = ''
as $$
begin
  return kinkster.send_instead_of(kinkster.visible_turn(p_turn_id), p_message, p_request_id);
end
$$;

comment on function public.edit_kinkster_message(uuid, text, uuid) is
  'Sends a message in place of a turn''s. Returns what send_kinkster_message returns, for the new turn, which the conversation then shows; what came after the old one stays on its own branch. The same p_request_id is one turn. Raises PT404 for a turn that the caller cannot see, and what send_kinkster_message raises.';

revoke execute on function public.edit_kinkster_message(uuid, text, uuid) from public, anon, authenticated, service_role;
grant execute on function public.edit_kinkster_message(uuid, text, uuid) to authenticated;
