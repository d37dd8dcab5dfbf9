-- A turn as the worker's functions hand it out when there is nothing to answer: to be replayed, or to be followed.
create or replace function kinkster.turn_in_state(p_turn public.kinkster_turns, p_state text)
  returns jsonb
  language plpgsql
  immutable
  security invoker
  set search_path = ''
as $$
begin
  return kinkster.turn_as_json(p_turn) || pg_catalog.jsonb_build_object(
    'state', p_state,
    'user_id', p_turn.user_id,
    'tag', pg_catalog.left(p_turn.lease::text, 8)
  );
end
$$;

comment on function kinkster.turn_in_state(public.kinkster_turns, text) is
  'turn_as_json with state (settled or waiting), user_id, and tag: the beginning of its last lease, which names the attempt that the reply is from; null when nobody was asked.';

revoke execute on function kinkster.turn_in_state(public.kinkster_turns, text)
  from public, anon, authenticated, service_role;
