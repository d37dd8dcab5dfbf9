-- Whoever gave a character a model or instructions meant the Responses API: Flowise reads neither a model nor, unless the
-- owner of the flow allowed it, instructions.
create or replace function kinkster.doctor_always_flowise(out state text, out said text, out todo text)
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  v_count bigint;
  v_id uuid;
begin
  select count(*), (pg_catalog.array_agg(k.id order by k.id))[1] into v_count, v_id
  from public.kinksters as k
  where k.provider = 'flowise'
    and (k.openai_model <> 'gpt-4o-mini' or (k.openai_instructions <> '' and not kinkster.is_blank(k.openai_instructions)));
  state := case when v_count = 0 then 'ok' else 'warning' end;
  said := case
    when v_count = 0 then 'No character of Flowise has a model or instructions that are meant for the Responses API.'
    else pg_catalog.format(
      'Characters that use Flowise, though a model or instructions for the Responses API were set: %s, such as %s.', v_count, v_id
    )
  end;
  if v_count > 0 then
    todo := pg_catalog.format('If they should not: select update_kinkster_provider(''%s'', ''openai_responses'');', v_id);
  end if;
end
$$;

comment on function kinkster.doctor_always_flowise() is 'Whether Flowise answers for characters that were given a model or instructions for the Responses API.';

revoke execute on function kinkster.doctor_always_flowise() from public, anon, authenticated, service_role;
