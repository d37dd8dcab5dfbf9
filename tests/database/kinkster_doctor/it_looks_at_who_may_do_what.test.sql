begin;
\ir ../doctor.psql
select plan(23);

select is(pg_temp.doctor('row_security'), 'ok: Row security is on wherever users'' data are.', 'it is on');
savepoint well;
alter table public.kinkster_turns disable row level security;
alter table public.profiles disable row level security;
select is(
  pg_temp.doctor('row_security'),
  'problem: Row security is off: kinkster_turns, profiles. > Run, for each of them: alter table public.kinkster_turns enable row level security;', 'off'
);
alter table public.kinkster_turns enable row level security;
alter table public.profiles enable row level security;
select is(pg_temp.state('row_security'), 'ok', 'what it says to do helps');
-- A superuser alone may give and take this, and set what is PostgREST's below.
select rolsuper as is_superuser from pg_roles where rolname = current_user \gset
\if :is_superuser
alter role authenticated bypassrls;
select is(
  pg_temp.doctor('row_security'),
  'problem: Roles that pass it by: authenticated. > Run, for each of them: alter role authenticated nosuperuser nobypassrls;', 'passed by'
);
alter role authenticated nosuperuser nobypassrls;
select is(pg_temp.state('row_security'), 'ok', 'what it says to do helps');
\else
select skip('by a superuser alone', 2);
\endif

select is(pg_temp.doctor('policies'), 'ok: Every policy asks for the signed-in user.', 'policies are ours');
create policy "Everyone reads" on public.profiles for select using (true);
select is(
  pg_temp.doctor('policies'),
  'warning: Policies that let in others than the owner: ''Everyone reads'' on profiles. > Read them; to drop one: drop policy "…" on public.…;', 'one is lax'
);
drop policy "Everyone reads" on public.profiles;
create policy "Friends read" on public.kinksters for select to authenticated using (is_public);
select alike(pg_temp.doctor('policies'), 'warning: %''Friends read'' on kinksters.%', 'another asks for no user');
drop policy "Friends read" on public.kinksters;
create policy "Nobody deletes" on public.kinksters as restrictive for delete using (false);
select is(pg_temp.state('policies'), 'ok', 'what forbids more opens nothing');
rollback to well;

select is(pg_temp.doctor('rights'), 'ok: Functions can be executed by whom they are meant for, and by nobody who is not signed in.', 'rights are right');
grant execute on function public.send_kinkster_message(uuid, text, uuid, uuid) to anon;
select is(
  pg_temp.doctor('rights'),
  'problem: Functions that can be executed without signing in: 1, such as public.send_kinkster_message(uuid,text,uuid,uuid).'
  ' > Run, for each of them: revoke execute on function … from public, anon, authenticated; grant back what docs/functions.md says.', 'one is everybody''s'
);
revoke execute on function public.send_kinkster_message(uuid, text, uuid, uuid) from anon;
select is(pg_temp.state('rights'), 'ok', 'what it says to do helps');
grant execute on function kinkster.plain_notion_tokens() to public;
select alike(
  pg_temp.doctor('rights'),
  'problem: Functions that can be executed without signing in: 1, such as kinkster.plain_notion_tokens().'
  ' Functions of the worker that users can execute: 1, such as kinkster.plain_notion_tokens().%', 'one of the worker''s is'
);
revoke execute on function kinkster.plain_notion_tokens() from public;
revoke execute on function kinkster.claim_next_turn(text, uuid, boolean) from kinkster_worker;
select is(
  pg_temp.doctor('rights'),
  'problem: Functions that the worker can''t execute: 1, such as kinkster.claim_next_turn(text,uuid,boolean).'
  ' > Run, for each of them: grant execute on function … to kinkster_worker;', 'the worker lacks one'
);
rollback to well;

select is(pg_temp.doctor('provider_choice'), 'ok: Users can choose provider, model and instructions of their characters.', 'users choose');
revoke execute on function public.update_kinkster_provider(uuid, text, text, text) from authenticated;
revoke update on public.kinksters from authenticated;
revoke update (provider) on public.kinksters from authenticated;
select is(
  pg_temp.doctor('provider_choice'),
  'problem: Users lack what choosing a provider needs: execute on update_kinkster_provider, update (provider) on kinksters.'
  ' > Grant it to authenticated, as the migrations do.', 'or can''t'
);
rollback to well;

\if :is_superuser
select alike(pg_temp.doctor('exposed_schemas'), 'unknown: The exposed schemas are not among the settings of the role authenticator. > See that %', 'nobody says what is exposed');
alter role authenticator set pgrst.db_schemas = 'public, graphql_public';
select is(pg_temp.doctor('exposed_schemas'), 'ok: PostgREST exposes: public, graphql_public.', 'what is exposed is');
alter role authenticator set pgrst.db_schemas = 'public,kinkster_pages';
select is(pg_temp.state('exposed_schemas'), 'ok', 'a schema of another name');
alter role authenticator set pgrst.db_schemas = 'public,kinkster';
select is(
  pg_temp.doctor('exposed_schemas'),
  'problem: PostgREST exposes the private schema kinkster. > Take it out: Project Settings > Data API > Exposed schemas,'
  ' or alter role authenticator set pgrst.db_schemas = ''public'';', 'ours'
);
select pg_catalog.format('alter role authenticator in database %I set pgrst.db_schemas = ''public''', current_database()) \gexec
select is(pg_temp.state('exposed_schemas'), 'ok', 'what is set for this database counts first');
\else
select skip('by a superuser alone', 5);
\endif
rollback to well;

select is(
  (select string_agg(r, ', ' order by r) from unnest(array['anon', 'authenticated', 'service_role', 'kinkster_worker']) as r
    where has_function_privilege(r, 'public.kinkster_doctor()', 'execute')),
  'kinkster_worker, service_role', 'operators alone may ask'
);
select alike(pg_temp.refusal(:'ada', 'select * from kinkster_doctor()'), '42501: %', 'users may not');

select * from finish();
rollback;
