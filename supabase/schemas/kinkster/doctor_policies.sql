-- Policies add up: one that lets everyone read opens the table, whatever ours say.
create or replace function kinkster.doctor_policies(out state text, out said text, out todo text)
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  c_tables constant text[] := array['profiles', 'kinksters', 'kinkster_conversations', 'kinkster_turns', 'kinkster_ratings'];
  v_others text;
begin
  select pg_catalog.string_agg(pg_catalog.format('%L on %s', p.policyname, p.tablename), ', ' order by p.tablename, p.policyname) into v_others
  from pg_catalog.pg_policies as p
  where p.schemaname = 'public'
    and p.tablename = any(c_tables)
    and p.permissive = 'PERMISSIVE'
    and not (p.roles = '{authenticated}' and coalesce(p.qual, p.with_check) like '%( SELECT auth.uid() AS uid)%');
  state := case when v_others is null then 'ok' else 'warning' end;
  said := coalesce('Policies that let in others than the owner: ' || v_others || '.', 'Every policy asks for the signed-in user.');
  if v_others is not null then
    todo := 'Read them; to drop one: drop policy "…" on public.…;';
  end if;
end
$$;

comment on function kinkster.doctor_policies() is 'Whether tables of users'' data have policies that are not ours.';

revoke execute on function kinkster.doctor_policies() from public, anon, authenticated, service_role;
