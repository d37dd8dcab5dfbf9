-- Older projects of Supabase grant every new function to everyone.
create or replace function kinkster.doctor_rights(out state text, out said text, out todo text)
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  v_anon text;
  v_users text;
  v_worker text;
begin
  select
    nullif(count(*) filter (where f.is_anons), 0) || ', such as ' || min(f.name) filter (where f.is_anons),
    nullif(count(*) filter (where f.is_users), 0) || ', such as ' || min(f.name) filter (where f.is_users),
    nullif(count(*) filter (where f.is_lacking), 0) || ', such as ' || min(f.name) filter (where f.is_lacking)
  into v_anon, v_users, v_worker
  from (
    select
      p.oid::regprocedure::text as name,
      pg_catalog.has_function_privilege('anon', p.oid, 'execute') as is_anons,
      p.proname in ('claim_turn', 'settle_turn', 'plain_notion_tokens', 'connect_notion', 'examine')
      and pg_catalog.has_function_privilege('authenticated', p.oid, 'execute') as is_users,
      p.proname in ('schema_version', 'begin_turn', 'claim_next_turn', 'checkpoint_turns', 'settle_turn')
      and not pg_catalog.has_function_privilege('kinkster_worker', p.oid, 'execute') as is_lacking
    from pg_catalog.pg_proc as p
    where p.pronamespace = 'kinkster'::regnamespace
      or (p.pronamespace = 'public'::regnamespace and p.proname ~ 'kinkster' and 'search_path=""' = any(p.proconfig))
  ) as f;
  state := case when coalesce(v_anon, v_users, v_worker) is null then 'ok' else 'problem' end;
  said := coalesce(
    nullif(
      pg_catalog.concat_ws(
        ' ', 'Functions that can be executed without signing in: ' || v_anon || '.',
        'Functions of the worker that users can execute: ' || v_users || '.',
        'Functions that the worker can''t execute: ' || v_worker || '.'
      ), ''
    ),
    'Functions can be executed by whom they are meant for, and by nobody who is not signed in.'
  );
  if v_worker is not null then
    todo := 'Run, for each of them: grant execute on function … to kinkster_worker;';
  elsif state = 'problem' then
    todo := 'Run, for each of them: revoke execute on function … from public, anon, authenticated; grant back what docs/functions.md says.';
  end if;
end
$$;

comment on function kinkster.doctor_rights() is 'Whether functions can be executed by whom they are meant for, and by nobody who is not signed in.';

revoke execute on function kinkster.doctor_rights() from public, anon, authenticated, service_role;
