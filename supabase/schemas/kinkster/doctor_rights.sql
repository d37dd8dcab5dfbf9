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
    pg_catalog.string_agg(p.oid::regproc::text, ', ' order by p.oid::regproc::text) filter (
      where pg_catalog.has_function_privilege('anon', p.oid, 'execute')
    ),
    pg_catalog.string_agg(p.oid::regproc::text, ', ' order by p.oid::regproc::text) filter (
      where p.proname in ('claim_turn', 'settle_turn', 'plain_notion_tokens', 'connect_notion', 'examine')
        and pg_catalog.has_function_privilege('authenticated', p.oid, 'execute')
    ),
    pg_catalog.string_agg(p.oid::regproc::text, ', ' order by p.oid::regproc::text) filter (
      where p.proname in ('schema_version', 'begin_turn', 'claim_next_turn', 'checkpoint_turns', 'settle_turn')
        and not pg_catalog.has_function_privilege('kinkster_worker', p.oid, 'execute')
    )
  into v_anon, v_users, v_worker
  from pg_catalog.pg_proc as p
  where p.pronamespace = 'kinkster'::regnamespace
    or (p.pronamespace = 'public'::regnamespace and p.proname ~ 'kinkster' and 'search_path=""' = any(p.proconfig));
  state := case when coalesce(v_anon, v_users, v_worker) is null then 'ok' else 'problem' end;
  said := coalesce(
    nullif(
      pg_catalog.concat_ws(
        ' ', 'Executable without signing in: ' || v_anon || '.', 'The worker''s, and executable by users: ' || v_users || '.',
        'Not executable by the worker: ' || v_worker || '.'
      ), ''
    ),
    'Functions can be executed by whom they are meant for, and by nobody who is not signed in.'
  );
  if v_worker is not null then
    todo := 'Run: grant execute on function … to kinkster_worker;';
  elsif state = 'problem' then
    todo := 'Run: revoke execute on function … from public, anon, authenticated; then grant back what docs/functions.md says.';
  end if;
end
$$;

comment on function kinkster.doctor_rights() is 'Whether functions can be executed by whom they are meant for, and by nobody who is not signed in.';

revoke execute on function kinkster.doctor_rights() from public, anon, authenticated, service_role;
