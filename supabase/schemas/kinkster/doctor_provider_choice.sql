-- What a page on which users choose a provider needs.
create or replace function kinkster.doctor_provider_choice(out state text, out said text, out todo text)
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  v_missing text;
begin
  select pg_catalog.concat_ws(
    ', ',
    case when not pg_catalog.has_function_privilege('authenticated', 'public.update_kinkster_provider(uuid, text, text, text)', 'execute')
      then 'execute on update_kinkster_provider' end,
    case when not pg_catalog.has_function_privilege('authenticated', 'public.get_kinkster_chat_config(uuid)', 'execute')
      then 'execute on get_kinkster_chat_config' end,
    case when not pg_catalog.has_column_privilege('authenticated', 'public.kinksters', 'provider', 'update')
      then 'update (provider) on kinksters' end
  ) into v_missing;
  state := case when v_missing = '' then 'ok' else 'problem' end;
  said := case
    when v_missing = '' then 'Users can choose provider, model and instructions of their characters.'
    else 'Users lack what choosing a provider needs: ' || v_missing || '.'
  end;
  if v_missing <> '' then
    todo := 'Grant it to authenticated, as the migrations do.';
  end if;
end
$$;

comment on function kinkster.doctor_provider_choice() is 'Whether the application can let users choose a provider, a model and instructions.';

revoke execute on function kinkster.doctor_provider_choice() from public, anon, authenticated, service_role;
