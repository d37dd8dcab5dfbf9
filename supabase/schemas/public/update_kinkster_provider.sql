-- Moves a character to a provider. Null leaves a setting as it is; empty instructions clear them.
create or replace function public.update_kinkster_provider(
  p_kinkster_id uuid,
  p_provider text,
  p_openai_model text default null,
  p_openai_instructions text default null
)
  returns jsonb
  language plpgsql
  volatile
  security invoker
  set search_path = ''
as $$
declare
  v_kinkster public.kinksters;
  v_obstacle record;
begin
  if p_provider is null or p_provider not in ('flowise', 'openai_responses') then
    raise sqlstate 'PT422' using
      message = pg_catalog.format('%s is not a provider.', coalesce(pg_catalog.quote_literal(pg_catalog.left(p_provider, 100)), 'Null')),
      hint = 'Use ''flowise'' or ''openai_responses''.';
  end if;
  if p_openai_model !~ '^[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}$' then
    raise sqlstate 'PT422' using
      message = pg_catalog.format('%L is not a model''s name.', pg_catalog.left(p_openai_model, 100)),
      hint = 'Give a name such as ''gpt-4o-mini'', or null to leave the model as it is.';
  end if;
  if pg_catalog.char_length(p_openai_instructions) > 32000 then
    raise sqlstate 'PT422' using
      message = pg_catalog.format('The instructions have %s characters; at most 32,000 are kept.', pg_catalog.char_length(p_openai_instructions)),
      hint = 'Shorten them, or move facts about the character into its bio.';
  end if;

  update public.kinksters as k
  set
    provider = p_provider,
    openai_model = coalesce(p_openai_model, k.openai_model),
    openai_instructions = case
      when p_openai_instructions is null then k.openai_instructions
      when kinkster.is_blank(p_openai_instructions) then null
      else p_openai_instructions
    end
  where k.id = p_kinkster_id
  returning k.* into v_kinkster;

  if not found then
    perform kinkster.visible_kinkster(p_kinkster_id);
    raise sqlstate 'PT403' using
      message = 'A system kinkster cannot be edited.',
      hint = 'Create a kinkster of your own and edit that.';
  end if;

  v_obstacle := kinkster.chat_obstacle(v_kinkster, null);
  return pg_catalog.jsonb_build_object(
    'success', true,
    'kinkster_id', v_kinkster.id,
    'provider', v_kinkster.provider,
    'endpoint', kinkster.endpoint(v_kinkster.provider),
    'openai_model', v_kinkster.openai_model,
    'openai_instructions', v_kinkster.openai_instructions,
    'warning', case when v_kinkster.provider = 'openai_responses' then
      kinkster.model_warning(
        coalesce(v_kinkster.openai_model, (select s.default_openai_model from kinkster.settings as s))
      )
    end,
    'can_chat', v_obstacle.reason is null,
    'reason', v_obstacle.reason,
    'hint', v_obstacle.hint
  );
end
$$;

comment on function public.update_kinkster_provider(uuid, text, text, text) is
  'Sets a kinkster''s provider; null leaves model and instructions as they are, empty instructions clear them. A change of provider ends the chain of response ids. Returns what is set now, whether it can be chatted with, and a warning when the model ends or has ended. Raises PT422 for bad values, PT404, and PT403 for a system kinkster.';

revoke execute on function public.update_kinkster_provider(uuid, text, text, text) from public, anon, authenticated, service_role;
grant execute on function public.update_kinkster_provider(uuid, text, text, text) to authenticated, service_role;
