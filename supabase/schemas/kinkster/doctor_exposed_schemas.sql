-- PostgREST serves the schemas that it is told to; the private one must not be among them.
create or replace function kinkster.doctor_exposed_schemas(out state text, out said text, out todo text)
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  v_schemas text;
begin
  select pg_catalog.split_part(config.setting, '=', 2) into v_schemas
  from pg_catalog.pg_db_role_setting as s
  join pg_catalog.pg_roles as r on r.oid = s.setrole and r.rolname = 'authenticator'
  cross join lateral pg_catalog.unnest(s.setconfig) as config (setting)
  where config.setting like 'pgrst.db_schemas=%'
    and s.setdatabase in (0, (select d.oid from pg_catalog.pg_database as d where d.datname = pg_catalog.current_database()))
  order by s.setdatabase desc
  limit 1;
  if v_schemas is null then
    state := 'unknown';
    said := 'The exposed schemas are not among the settings of the role authenticator.';
    todo := 'See that kinkster is not among them: Project Settings > Data API > Exposed schemas, or PGRST_DB_SCHEMAS.';
  elsif v_schemas ~ '(^|[ ,"])kinkster($|[ ,"])' then
    state := 'problem';
    said := 'PostgREST exposes the private schema kinkster.';
    todo := 'Take it out: Project Settings > Data API > Exposed schemas, or alter role authenticator set pgrst.db_schemas = ''public'';';
  else
    state := 'ok';
    said := pg_catalog.format('PostgREST exposes: %s.', v_schemas);
  end if;
end
$$;

comment on function kinkster.doctor_exposed_schemas() is 'Whether PostgREST exposes the schema kinkster, as far as the settings of its role say.';

revoke execute on function kinkster.doctor_exposed_schemas() from public, anon, authenticated, service_role;
