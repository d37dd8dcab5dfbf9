-- What is wrong, and what to do about it: for an operator with SQL. `kinkster doctor` adds what only a process can see.
create or replace function public.kinkster_doctor()
  returns table ("check" text, state text, found text, todo text)
  language sql
  stable
  security invoker
  set search_path = ''
as $$
  select d."check", d.state, d.found, d.todo
  from pg_catalog.jsonb_to_recordset(kinkster.examine()) as d ("check" text, state text, found text, todo text)
$$;

comment on function public.kinkster_doctor() is
  'Looks for what is wrong: one row per check, with its state (ok, warning, problem, or unknown where it can''t be told), what was found, and what to do. Changes nothing.';

revoke execute on function public.kinkster_doctor() from public, anon, authenticated, service_role;
grant execute on function public.kinkster_doctor() to service_role, kinkster_worker;
