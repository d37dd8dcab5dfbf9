-- Notes what Notion shows of a character from now on. What was edited since leaves it pending. That a page is the page of
-- one character an index says; of pages that were noted before there were revisions, this asks.
create or replace function kinkster.note_sync(
  p_kinkster_id uuid,
  p_notion_page_id text,
  p_notion_database_id text,
  p_master_page_id text,
  p_revision bigint
)
  returns jsonb
  language plpgsql
  volatile
  security invoker
  set search_path = ''
as $$
declare
  v_page_id text := kinkster.notion_id(p_notion_page_id);
  v_database_id text := kinkster.notion_id(p_notion_database_id);
  v_master_page_id text := kinkster.notion_id(p_master_page_id);
  v_kinkster public.kinksters;
begin
  if v_page_id is null or pg_catalog.concat(v_page_id, v_database_id, v_master_page_id) !~ '^[A-Za-z0-9_-]+$' then
    raise sqlstate 'PT422' using
      message = 'Blank, or not an id of Notion.',
      hint = 'Give the id that Notion returned for the page, such as ''0a1b2c3d-4e5f-6789-8abc-def012345678''.';
  end if;

  select k.* into v_kinkster
  from public.kinksters as k
  where k.id = p_kinkster_id and k.user_id is not null and not k.is_system_kinkster
  for no key update;
  if not found then
    raise sqlstate 'PT404' using
      message = 'There is no kinkster of yours with this id.',
      hint = 'Check the id: a kinkster is sent to Notion by its owner, a system kinkster by nobody.';
  end if;

  if p_revision < 1 or p_revision > v_kinkster.revision then
    raise sqlstate 'PT422' using
      message = pg_catalog.format('This kinkster has no revision %s yet; it is at %s.', p_revision, v_kinkster.revision),
      hint = 'Give the revision that prepare_kinkster_for_notion returned with what was sent.';
  end if;
  if p_revision <= v_kinkster.synced_revision then
    raise sqlstate 'PT409' using
      message = pg_catalog.format('Revision %s was sent already: Notion shows %s.', p_revision, v_kinkster.synced_revision),
      hint = 'Prepare the kinkster again, and send what is new.';
  end if;

  begin
    if exists (
      select
      from public.kinksters as k
      where k.notion_page_id in (v_page_id, pg_catalog.replace(v_page_id, '-', ''))
        and k.synced_revision is null
        and k.id <> p_kinkster_id
    ) then
      raise unique_violation;
    end if;
    update public.kinksters as k
    set
      notion_page_id = v_page_id,
      notion_database_id = coalesce(v_database_id, k.notion_database_id),
      master_notion_page_id = coalesce(v_master_page_id, k.master_notion_page_id),
      notion_last_synced_at = kinkster.now(),
      synced_revision = coalesce(p_revision, k.revision),
      sync_status = case
        when k.sync_status = 'local_only' then 'local_only'
        when p_revision < k.revision then 'pending'
        else 'synced'
      end,
      sync_error = null
    where k.id = p_kinkster_id
    returning k.* into v_kinkster;
  exception when unique_violation then
    raise sqlstate 'PT409' using
      message = 'This page of Notion is another kinkster''s.',
      hint = 'Look in Notion for the page whose Supabase ID is this kinkster''s, or create one.';
  end;

  return pg_catalog.jsonb_build_object(
    'success', true,
    'kinkster_id', v_kinkster.id,
    'sync_status', v_kinkster.sync_status,
    'revision', v_kinkster.revision,
    'synced_revision', v_kinkster.synced_revision,
    'notion_page_id', v_kinkster.notion_page_id,
    'notion_database_id', v_kinkster.notion_database_id,
    'master_page_id', v_kinkster.master_notion_page_id,
    'notion_last_synced_at', v_kinkster.notion_last_synced_at
  );
end
$$;

comment on function kinkster.note_sync(uuid, text, text, text, bigint) is
  'What mark_kinkster_synced does, for whoever may write every kinkster. Raises what mark_kinkster_synced raises.';

revoke execute on function kinkster.note_sync(uuid, text, text, text, bigint) from public, anon, authenticated, service_role;
grant execute on function kinkster.note_sync(uuid, text, text, text, bigint) to service_role;
