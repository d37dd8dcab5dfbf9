begin;
\ir ../doctor.psql
select plan(23);

select alike(pg_temp.doctor('migrations'), 'ok: Migrations on record: %, the last %.', 'these migrations are on record');
savepoint recorded;
delete from supabase_migrations.schema_migrations where version = '20261123100000';
select alike(pg_temp.doctor('migrations'), 'problem: % is not among them. > Run kinkster migrations plan%', 'or they would run again');
delete from supabase_migrations.schema_migrations;
select alike(pg_temp.doctor('migrations'), 'problem: Migrations on record: 0, the last none.%', 'an empty record');
drop schema supabase_migrations cascade;
select alike(pg_temp.doctor('migrations'), 'unknown: This database keeps no record of migrations.%', 'no record at all is no mistake');
rollback to recorded;

select is(
  pg_temp.doctor('columns'), 'ok: provider, openai_model, openai_instructions and openai_previous_response_id are as they should be.', 'the columns are there'
);
savepoint columns;
alter table public.kinksters alter column provider set default 'openai_responses';
select alike(
  pg_temp.doctor('columns'), 'problem: In kinksters: provider is text with the default ''openai_responses''::text. > Run kinkster migrations plan%',
  'with another default'
);
rollback to columns;
alter table public.kinksters alter column openai_model drop default;
select alike(pg_temp.doctor('columns'), 'problem: In kinksters: openai_model is text with the default null.%', 'with none');
rollback to columns;
alter table public.kinksters rename column openai_instructions to instructions;
select alike(pg_temp.doctor('columns'), '%openai_instructions is missing.%', 'under another name');
select alike(pg_temp.doctor('always_flowise'), 'unknown: This could not be looked at: SQLSTATE 42703, column k.openai_instructions does not exist. > %', 'what needs the column can''t be looked at');
select is(pg_temp.state('columns'), 'problem', 'and hides nothing else');
rollback to columns;

select is(pg_temp.doctor('old_functions'), 'ok: Each function of a fixed name is there once, and is ours.', 'the functions are ours');
savepoint functions;
create function public.mark_kinkster_synced(uuid, text, text, text) returns jsonb language sql security definer as 'select null::jsonb';
select is(
  pg_temp.doctor('old_functions'),
  'problem: Left of an earlier attempt: public.mark_kinkster_synced(uuid,text,text,text).'
  ' > Run: drop function public.mark_kinkster_synced(uuid,text,text,text);', 'a second signature'
);
drop function public.mark_kinkster_synced(uuid, text, text, text);
select is(pg_temp.state('old_functions'), 'ok', 'what it says to do helps');
create or replace function public.get_kinkster_chat_config(p_kinkster_id uuid) returns jsonb language sql security definer as 'select null::jsonb';
select alike(
  pg_temp.doctor('old_functions'),
  'problem: Left of an earlier attempt: public.get_kinkster_chat_config(uuid). Missing: get_kinkster_chat_config. > Run the files of these names%',
  'an old one in the place of ours'
);
rollback to functions;

select is(pg_temp.doctor('old_triggers'), 'ok: Edits are noted by kinksters_touch alone.', 'edits are noted once');
savepoint triggers;
create function public.mark_it() returns trigger language plpgsql as 'begin new.sync_status := ''pending''; return new; end';
create trigger kinkster_needs_sync before update on public.kinksters for each row execute function public.mark_it();
select is(
  pg_temp.doctor('old_triggers'),
  'warning: Triggers of the application write what kinksters_touch writes, also for a mere reply: kinkster_needs_sync.'
  ' > Run, for each of them: drop trigger kinkster_needs_sync on public.kinksters;', 'a trigger of before'
);
alter table public.kinksters disable trigger kinkster_needs_sync;
select is(pg_temp.state('old_triggers'), 'ok', 'that is switched off does nothing');
alter table public.kinksters disable trigger kinksters_touch;
select alike(pg_temp.doctor('old_triggers'), 'problem: The trigger kinksters_touch is missing or switched off%', 'ours switched off');
drop trigger kinksters_touch on public.kinksters;
select is(pg_temp.state('old_triggers'), 'problem', 'or gone');
rollback to triggers;
create function public.one_primary() returns trigger language plpgsql as 'begin perform new.is_primary; return new; end';
create trigger ensure_single_primary before update on public.kinksters for each row execute function public.one_primary();
select is(pg_temp.state('old_triggers'), 'ok', 'a trigger that writes something else is the application''s own affair');

select is(pg_temp.doctor('clock_offset'), 'ok: kinkster.now() is the real time.', 'the clock is right');
select pg_temp.later('-90 minutes');
select is(
  pg_temp.doctor('clock_offset'),
  'problem: kinkster.now() is -01:30:00 away from the real time. > Run: update kinkster.settings set clock_offset = ''0'';', 'or moved'
);
update kinkster.settings set clock_offset = '0';
select is(pg_temp.state('clock_offset'), 'ok', 'what it says to do helps');

select * from finish();
rollback;
