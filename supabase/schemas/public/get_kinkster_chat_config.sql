-- All that a client needs to know before it opens a chat.
create or replace function public.get_kinkster_chat_config(p_kinkster_id uuid)
  returns jsonb
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  v_kinkster public.kinksters := kinkster.visible_kinkster(p_kinkster_id);
  v_user_state text;
  v_obstacle record;
  v_model text := case when v_kinkster.provider = 'openai_responses' then
    coalesce(v_kinkster.openai_model, (select s.default_openai_model from kinkster.settings as s))
  end;
begin
  select p.submission_state::text into v_user_state
  from public.profiles as p
  where p.id = coalesce((select auth.uid()), v_kinkster.user_id);
  if auth.uid() is not null then
    v_user_state := coalesce(v_user_state, 'none');
  end if;
  v_obstacle := kinkster.chat_obstacle(v_kinkster, v_user_state);
  return pg_catalog.jsonb_build_object(
    'success', true,
    'kinkster_id', v_kinkster.id,
    'name', v_kinkster.name,
    'provider', v_kinkster.provider,
    'endpoint', kinkster.endpoint(v_kinkster.provider),
    'model', kinkster.model_in_force(v_model, kinkster.now()),
    'warning', kinkster.model_warning(v_model),
    'flowise_chatflow_id', nullif(v_kinkster.flowise_chatflow_id, ''),
    'instructions', public.build_kinkster_openai_instructions(p_kinkster_id),
    'can_chat', v_obstacle.reason is null,
    'reason', v_obstacle.reason,
    'hint', v_obstacle.hint
  );
end
$$;

comment on function public.get_kinkster_chat_config(uuid) is
  'How a kinkster is chatted with: provider, endpoint, model (the one that is asked now; null for Flowise), warning (when the chosen model ends or has ended, and what is asked instead; null for none), flowise_chatflow_id (null: the default), instructions, can_chat, and if not, reason and hint. Raises PT404 when the caller cannot see it.';

revoke execute on function public.get_kinkster_chat_config(uuid) from public, anon, authenticated, service_role;
grant execute on function public.get_kinkster_chat_config(uuid) to authenticated, service_role;
