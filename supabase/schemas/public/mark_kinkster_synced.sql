-- Says that a character was sent to Notion, in the revision that was prepared. An edit made meanwhile leaves it pending.
create or replace function public.mark_kinkster_synced(
  p_kinkster_id uuid,
  p_notion_page_id text,
  p_notion_database_id text default null,
  p_master_page_id text default null,
  p_revision bigint default null
)
  returns jsonb
  language plpgsql
  volatile
  security invoker
  set search_path = ''
as $$
begin
  -- Without a user: an operator, whose own rights decide.
  if (select auth.uid()) is null then
    return kinkster.note_sync(p_kinkster_id, p_notion_page_id, p_notion_database_id, p_master_page_id, p_revision);
  end if;
  return kinkster.note_own_sync(p_kinkster_id, p_notion_page_id, p_notion_database_id, p_master_page_id, p_revision);
end
$$;

comment on function public.mark_kinkster_synced(uuid, text, text, text, bigint) is
  'Marks a kinkster as sent to Notion: p_revision is what prepare_kinkster_for_notion returned with it; null means that it was sent as it is now. Ids that are null stay as they are. sync_status becomes synced, or stays pending when the kinkster was edited meanwhile. Returns what is noted now. Raises PT404 for a kinkster that is not the caller''s, PT409 for a page of another kinkster or a revision that was sent already, PT422 for a revision that does not exist and for bad ids.';

revoke execute on function public.mark_kinkster_synced(uuid, text, text, text, bigint)
  from public, anon, authenticated, service_role;
grant execute on function public.mark_kinkster_synced(uuid, text, text, text, bigint) to authenticated, service_role;
