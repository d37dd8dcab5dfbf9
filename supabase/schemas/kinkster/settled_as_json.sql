-- What a worker is told when it has settled a turn: what became of it, and when it is tried again.
create or replace function kinkster.settled_as_json(p_turn public.kinkster_turns)
  returns jsonb
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
begin
  return kinkster.turn_as_json(p_turn) - 'reply' || pg_catalog.jsonb_build_object(
    'success', true,
    'retry_in_seconds', case when p_turn.status = 'queued' then
      greatest(extract(epoch from p_turn.next_attempt_at - kinkster.now()), 0)
    end
  );
end
$$;

comment on function kinkster.settled_as_json(public.kinkster_turns) is
  'turn_as_json without the reply, with retry_in_seconds: how long a turn that is to be tried again waits; null for one that has ended.';

revoke execute on function kinkster.settled_as_json(public.kinkster_turns)
  from public, anon, authenticated, service_role;
