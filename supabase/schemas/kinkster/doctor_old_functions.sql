-- An application of before had functions of the same names, which ran with all rights and for everyone.
create or replace function kinkster.doctor_old_functions(out state text, out said text, out todo text)
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  c_names constant text[] := array[
    'build_kinkster_openai_instructions', 'get_kinkster_chat_config', 'update_kinkster_provider', 'prepare_kinkster_for_notion',
    'mark_kinkster_synced'
  ];
  v_old text;
  v_missing text;
begin
  select pg_catalog.string_agg(p.oid::regprocedure::text, ', ' order by p.oid::regprocedure::text) into v_old
  from pg_catalog.pg_proc as p
  where p.pronamespace = 'public'::regnamespace
    and p.proname = any(c_names)
    and (p.prosecdef or p.proconfig is null or not 'search_path=""' = any(p.proconfig));
  select pg_catalog.string_agg(n.name, ', ' order by n.name) into v_missing
  from pg_catalog.unnest(c_names) as n (name)
  where not exists (
    select
    from pg_catalog.pg_proc as p
    where p.pronamespace = 'public'::regnamespace and p.proname = n.name and 'search_path=""' = any(p.proconfig)
  );
  state := case when v_old is null and v_missing is null then 'ok' else 'problem' end;
  said := coalesce(
    pg_catalog.concat_ws(' ', 'Left of an earlier attempt: ' || v_old || '.', 'Missing: ' || v_missing || '.'), ''
  );
  if state = 'ok' then
    said := 'Each function of a fixed name is there once, and is ours.';
  elsif v_missing is null then
    todo := pg_catalog.format('Run: drop function %s;', v_old);
  else
    todo := 'Run the files of these names in supabase/schemas/public once more, and drop what has another signature.';
  end if;
end
$$;

comment on function kinkster.doctor_old_functions() is 'Whether functions of an earlier attempt are left: a second signature of a fixed name makes short calls ambiguous, and one that is security definer passes row security by.';

revoke execute on function kinkster.doctor_old_functions() from public, anon, authenticated, service_role;
