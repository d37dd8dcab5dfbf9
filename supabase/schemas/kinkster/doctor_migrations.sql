-- Whether what stands here is on record, so that the Supabase CLI does not run it a second time. What else the record should
-- say, kinkster migrations plan finds out: it has the files.
create or replace function kinkster.doctor_migrations(out state text, out said text, out todo text)
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  c_first constant text := '20261123100000';
  v_recorded bigint;
  v_last text;
  v_is_ours boolean;
begin
  if pg_catalog.to_regclass('supabase_migrations.schema_migrations') is null then
    state := 'unknown';
    said := 'This database keeps no record of migrations.';
    todo := 'Fine where they are run by hand. Before the Supabase CLI runs them: kinkster migrations plan.';
    return;
  end if;
  execute 'select count(*), max(version), coalesce(bool_or(version = $1), false) from supabase_migrations.schema_migrations'
  into v_recorded, v_last, v_is_ours using c_first;
  said := pg_catalog.format('Migrations on record: %s, the last %s.', v_recorded, coalesce(v_last, 'none'));
  state := case when v_is_ours then 'ok' else 'problem' end;
  if not v_is_ours then
    said := said || ' The one that made this schema is not among them.';
    todo := 'Run kinkster migrations plan, and the repair commands that it prints.';
  end if;
end
$$;

comment on function kinkster.doctor_migrations() is 'Whether the record of migrations knows of these: by the version of the first of them.';

revoke execute on function kinkster.doctor_migrations() from public, anon, authenticated, service_role;
