-- What a user should know of the model that they chose as soon as its end is known, months before.
create or replace function kinkster.model_warning(p_model text)
  returns jsonb
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  v_now timestamptz := kinkster.now();
  v_found record := kinkster.find_model(p_model);
  v_has_ended boolean := v_found.shutdown_on <= (v_now at time zone 'UTC')::date;
  -- Of one that has yet to end, what will be asked on its last day.
  v_next text := kinkster.model_in_force(p_model, greatest(v_now, v_found.shutdown_on::timestamp at time zone 'UTC'));
begin
  if v_found.shutdown_on is null then
    return null;
  end if;
  return pg_catalog.jsonb_build_object(
    'model', p_model,
    'shutdown_on', v_found.shutdown_on,
    'replacement', nullif(v_next, p_model),
    'message', pg_catalog.format(
      case when v_has_ended then 'The model %s ended on %s.' else 'The model %s ends on %s.' end, p_model, v_found.shutdown_on
    ),
    'hint', case
      when v_next = p_model then 'Choose another model; none is known to replace it.'
      when v_has_ended then pg_catalog.format('%s is asked instead. Choose it, or another model.', v_next)
      else pg_catalog.format('From then on %s is asked instead. Choose it, or another model.', v_next)
    end
  );
end
$$;

comment on function kinkster.model_warning(text) is
  'When a model ends or has ended, and what is asked instead: {"model", "shutdown_on", "replacement", "message", "hint"}; replacement is null when none is known. Null for a model whose end is not known.';

revoke execute on function kinkster.model_warning(text) from public, anon, authenticated, service_role;
grant execute on function kinkster.model_warning(text) to authenticated, service_role;
