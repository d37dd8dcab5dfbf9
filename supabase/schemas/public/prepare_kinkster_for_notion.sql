-- The body that makes a character's page in Notion, or changes the one that it has. An emptied field is sent empty, since
-- Notion leaves a property that is not sent as it was.
create or replace function public.prepare_kinkster_for_notion(p_kinkster_id uuid)
  returns jsonb
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  v_kinkster public.kinksters := kinkster.visible_kinkster(p_kinkster_id);
  v_page_id text := kinkster.notion_id(v_kinkster.notion_page_id);
  v_rule text := kinkster.broken_rule(v_kinkster);
  v_database_id text;
  v_page record;
begin
  if v_kinkster.is_system_kinkster or v_kinkster.user_id is null then
    raise sqlstate 'PT404' using
      message = 'A system kinkster has no page in Notion.',
      hint = 'Create a kinkster of your own and send that.';
  end if;
  if v_kinkster.sync_status = 'local_only' then
    raise sqlstate 'PT409' using
      message = 'This kinkster is not to leave this database.',
      hint = 'Its sync_status is local_only; it is sent once that is pending.';
  end if;
  -- Nothing could be noted of its page.
  if v_rule is not null then
    raise sqlstate 'PT409' using
      message = pg_catalog.format('This kinkster was made before a rule that it breaks: %s.', v_rule),
      hint = 'Correct the kinkster; until then no change of it can be stored.';
  end if;
  if v_page_id !~ '^[A-Za-z0-9_-]+$' then
    raise sqlstate 'PT409' using
      message = 'What is noted as this kinkster''s page is no id of Notion.',
      hint = 'Call forget_kinkster_notion_page, and it gets a page when it is sent.';
  end if;
  if v_page_id is null then
    select kinkster.notion_id(p.notion_kinksters_database_id) into v_database_id
    from public.profiles as p
    where p.id = v_kinkster.user_id;
    if v_database_id is null or v_database_id !~ '^[A-Za-z0-9_-]+$' then
      raise sqlstate 'PT409' using
        message = 'No Notion database is set for this kinkster''s page.',
        hint = 'Set notion_kinksters_database_id in your profile to the id of a database in Notion, not to its address.';
    end if;
  end if;
  v_page := kinkster.notion_body(v_kinkster);
  return pg_catalog.format(
    '{"success": true, "kinkster_id": "%s", "revision": %s, %s, "properties": %s, "children": %s, "more_children": %s}',
    v_kinkster.id,
    v_kinkster.revision,
    case when v_page_id is null
      then pg_catalog.format('"page_id": null, "parent": {"type": "database_id", "database_id": "%s"}', v_database_id)
      else pg_catalog.format('"page_id": "%s"', v_page_id)
    end,
    v_page.properties,
    v_page.children,
    v_page.more_children
  )::jsonb;
end
$$;

comment on function public.prepare_kinkster_for_notion(uuid) is
  'A kinkster as Notion takes it: its revision; page_id, null when it has no page yet; then also parent; properties, all of them; children, the first 40 blocks of content at most, and more_children, lists of 40 at most to append after the page is there. Raises PT404 for a kinkster that is not the caller''s, PT409 when no database is set, when it is local_only, when its page_id is no id, or when it breaks a rule (an age that is not plainly 18 or over).';

revoke execute on function public.prepare_kinkster_for_notion(uuid) from public, anon, authenticated, service_role;
grant execute on function public.prepare_kinkster_for_notion(uuid) to authenticated, service_role;
