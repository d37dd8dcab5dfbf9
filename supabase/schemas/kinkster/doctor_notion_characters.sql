-- Step 6 of the guide: what was to be sent, and was not.
create or replace function kinkster.doctor_notion_characters(out state text, out said text, out todo text)
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  v_failed bigint;
  v_pending bigint;
  v_synced bigint;
begin
  select
    count(*) filter (where k.sync_status in ('error', 'conflict')),
    count(*) filter (where k.sync_status = 'pending'),
    count(*) filter (where k.sync_status = 'synced')
  into v_failed, v_pending, v_synced
  from kinkster.notion_connections as c
  join public.kinksters as k on k.user_id = c.user_id and not k.is_system_kinkster;
  state := case when v_failed > 0 then 'warning' else 'ok' end;
  said := pg_catalog.format('Characters of connected users: %s in Notion, %s to be sent, %s failed.', v_synced, v_pending, v_failed);
  if v_failed > 0 then
    todo := 'See why: kinkster notion status; then kinkster notion sync.';
  end if;
end
$$;

comment on function kinkster.doctor_notion_characters() is 'Whether characters of connected users failed to reach Notion.';

revoke execute on function kinkster.doctor_notion_characters() from public, anon, authenticated, service_role;
