-- Who sees what is decided by policies; a table without row security shows everything to everyone with a grant.
create or replace function kinkster.doctor_row_security(out state text, out said text, out todo text)
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  c_tables constant text[] := array['profiles', 'kinksters', 'kinkster_conversations', 'kinkster_turns', 'kinkster_ratings'];
  v_open text;
  v_bypass text;
begin
  select pg_catalog.string_agg(n.name, ', ' order by n.name) into v_open
  from pg_catalog.unnest(c_tables) as n (name)
  where not coalesce(
    (select c.relrowsecurity from pg_catalog.pg_class as c where c.oid = pg_catalog.to_regclass('public.' || n.name)), false
  );
  select pg_catalog.string_agg(r.rolname::text, ', ' order by r.rolname) into v_bypass
  from pg_catalog.pg_roles as r
  where r.rolname in ('anon', 'authenticated', 'kinkster_worker') and (r.rolbypassrls or r.rolsuper);
  state := case when v_open is null and v_bypass is null then 'ok' else 'problem' end;
  said := coalesce(
    nullif(pg_catalog.concat_ws(' ', 'Row security is off: ' || v_open || '.', 'Roles that pass it by: ' || v_bypass || '.'), ''),
    'Row security is on wherever users'' data are.'
  );
  if v_open is not null then
    todo := pg_catalog.format('Run, for each of them: alter table public.%I enable row level security;', pg_catalog.split_part(v_open, ', ', 1));
  elsif v_bypass is not null then
    todo := pg_catalog.format('Run, for each of them: alter role %I nosuperuser nobypassrls;', pg_catalog.split_part(v_bypass, ', ', 1));
  end if;
end
$$;

comment on function kinkster.doctor_row_security() is 'Whether row security is on, for all but the owner, where users'' data are.';

revoke execute on function kinkster.doctor_row_security() from public, anon, authenticated, service_role;
