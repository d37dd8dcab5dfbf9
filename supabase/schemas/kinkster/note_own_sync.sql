-- Notes what Notion shows of a character of the caller's. Security definer: a client may not write a revision or a status
-- itself; it takes no user id, so it reaches the caller's own characters alone.
create or replace function kinkster.note_own_sync(
  p_kinkster_id uuid,
  p_notion_page_id text,
  p_notion_database_id text,
  p_master_page_id text,
  p_revision bigint
)
  returns jsonb
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
begin
  return kinkster.note_sync(
    (select k.id from public.kinksters as k where k.id = p_kinkster_id and k.user_id = (select auth.uid())),
    p_notion_page_id, p_notion_database_id, p_master_page_id, p_revision
  );
end
$$;

comment on function kinkster.note_own_sync(uuid, text, text, text, bigint) is
  'What mark_kinkster_synced does for a user. Raises what mark_kinkster_synced raises.';

revoke execute on function kinkster.note_own_sync(uuid, text, text, text, bigint) from public, anon, authenticated, service_role;
grant execute on function kinkster.note_own_sync(uuid, text, text, text, bigint) to authenticated;
