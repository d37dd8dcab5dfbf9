-- Reads on in a reply from where a client stopped, whoever answers it. Row security says whether the user may; not security
-- definer: it becomes the user and comes back.
create or replace function kinkster.follow_turn(p_claims jsonb, p_turn_id uuid, p_from integer, p_tag text)
  returns jsonb
  language plpgsql
  volatile
  security invoker
  set search_path = ''
as $$
declare
  v_worker_role text := pg_catalog.current_setting('role');
  v_turn public.kinkster_turns;
begin
  perform pg_catalog.set_config('request.jwt.claims', p_claims::text, true);
  perform pg_catalog.set_config('role', 'authenticated', true);
  v_turn := kinkster.visible_turn(p_turn_id);
  perform pg_catalog.set_config('role', v_worker_role, true);
  perform pg_catalog.set_config('request.jwt.claims', '', true);
  return kinkster.read_on(v_turn.user_id, p_turn_id, p_from, p_tag);
end
$$;

comment on function kinkster.follow_turn(jsonb, uuid, integer, text) is
  'read_on for the user of verified claims: the turn, its text from character p_from on under the tag p_tag, and whether it is due. Raises PT404 when the user cannot see it, PT409 when the reply was begun anew since.';

revoke execute on function kinkster.follow_turn(jsonb, uuid, integer, text) from public, anon, authenticated, service_role;
grant execute on function kinkster.follow_turn(jsonb, uuid, integer, text) to kinkster_worker;
