-- Step 6 of the guide: is everybody connected who wants to be, and does anything stand still?
create or replace function kinkster.doctor_notion_connections(out state text, out said text, out todo text)
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  v_connected bigint;
  v_stopped bigint;
  v_trouble bigint;
  v_hint text;
  v_unconnected bigint;
begin
  select
    count(*),
    count(*) filter (where c.error_code is not null),
    count(*) filter (where c.error_code is null and c.trouble is not null),
    min(c.error_message || ' ' || c.error_hint) filter (where c.error_code is not null)
  into v_connected, v_stopped, v_trouble, v_hint
  from kinkster.notion_connections as c;
  select count(*) into v_unconnected
  from public.profiles as p
  where not kinkster.is_blank(p.notion_kinksters_database_id)
    and not exists (select from kinkster.notion_connections as c where c.user_id = p.id);
  state := case when v_stopped > 0 then 'problem' when v_trouble + v_unconnected > 0 then 'warning' else 'ok' end;
  said := pg_catalog.format('Users connected to Notion: %s', v_connected)
    || case when v_stopped > 0 then pg_catalog.format('; stopped: %s', v_stopped) else '' end
    || case when v_trouble > 0 then pg_catalog.format('; in trouble that passes: %s', v_trouble) else '' end
    || case when v_unconnected > 0 then pg_catalog.format('; with a database and not connected: %s', v_unconnected) else '' end
    || '.' || coalesce(' ' || v_hint, '');
  if v_stopped > 0 then
    todo := 'See each: kinkster notion status.';
  elsif v_unconnected > 0 then
    todo := 'Connect them: kinkster notion connect --user …';
  elsif v_trouble > 0 then
    todo := 'It is tried again by itself; see kinkster notion status.';
  end if;
end
$$;

comment on function kinkster.doctor_notion_connections() is 'Whether connections to Notion stand still, and whether users with a database are connected.';

revoke execute on function kinkster.doctor_notion_connections() from public, anon, authenticated, service_role;
