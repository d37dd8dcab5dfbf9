-- What was agreed when a turn was answered: which limits were in force and whose they were, and proof of the prompt that
-- carried them.
create or replace function public.kinkster_consent_receipt(p_turn_id uuid)
  returns jsonb
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  v_turn public.kinkster_turns := kinkster.visible_turn(p_turn_id);
begin
  return pg_catalog.jsonb_build_object(
    'success', true,
    'turn_id', v_turn.id,
    'conversation_id', v_turn.conversation_id,
    'kinkster_id', (
      select c.kinkster_id
      from public.kinkster_conversations as c
      where c.user_id = v_turn.user_id and c.id = v_turn.conversation_id
    ),
    'status', v_turn.status,
    'limits', v_turn.limits,
    'limits_sha256', v_turn.limits_sha256,
    'prompt_sha256', v_turn.prompt_sha256,
    'provider', v_turn.provider,
    'rerouted_from', v_turn.rerouted_from,
    'model', v_turn.model,
    'replaced_model', v_turn.replaced_model,
    'safeword_seen', v_turn.safeword_seen,
    'asked_at', v_turn.started_at,
    'ended_at', v_turn.finished_at
  );
end
$$;

comment on function public.kinkster_consent_receipt(uuid) is
  'Receipt of a turn: the hard limits in force by whose they were (platform, user, kinkster), SHA-256 of the limits and of the prompt that carried them, provider and model that were asked, the model that this one replaced, and whether a safeword was seen. Limits, hashes and provider are null for a turn about which no provider was asked. Raises PT404 for a turn that the caller cannot see.';

revoke execute on function public.kinkster_consent_receipt(uuid) from public, anon, authenticated, service_role;
grant execute on function public.kinkster_consent_receipt(uuid) to authenticated;
