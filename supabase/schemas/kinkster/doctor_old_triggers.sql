-- Triggers of before marked every reply as an edit for Notion. One of ours notes edits alone.
create or replace function kinkster.doctor_old_triggers(out state text, out said text, out todo text)
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  v_old text;
begin
  if not exists (
    select
    from pg_catalog.pg_trigger as t
    where t.tgrelid = 'public.kinksters'::regclass and t.tgname = 'kinksters_touch' and t.tgenabled in ('O', 'A')
  ) then
    state := 'problem';
    said := 'The trigger kinksters_touch is missing or switched off: edits are not noted, and do not reach Notion.';
    todo := 'Run: alter table public.kinksters enable trigger kinksters_touch; or, if it is missing, the migrations.';
    return;
  end if;
  select pg_catalog.string_agg(t.tgname::text, ', ' order by t.tgname) into v_old
  from pg_catalog.pg_trigger as t
  join pg_catalog.pg_proc as p on p.oid = t.tgfoid
  where t.tgrelid = 'public.kinksters'::regclass
    and not t.tgisinternal
    and t.tgname <> 'kinksters_touch'
    and t.tgenabled <> 'D'
    and p.prosrc ~* '\mnew\s*\.\s*"?(updated_at|last_local_update|sync_status|revision)"?\s*:?=';
  state := case when v_old is null then 'ok' else 'warning' end;
  said := coalesce(
    'Triggers of the application write what kinksters_touch writes, also for a mere reply: ' || v_old || '.',
    'Edits are noted by kinksters_touch alone.'
  );
  if v_old is not null then
    todo := pg_catalog.format('Run, for each of them: drop trigger %I on public.kinksters;', pg_catalog.split_part(v_old, ', ', 1));
  end if;
end
$$;

comment on function kinkster.doctor_old_triggers() is 'Whether edits of characters are noted by our trigger, and by none of an application of before.';

revoke execute on function kinkster.doctor_old_triggers() from public, anon, authenticated, service_role;
