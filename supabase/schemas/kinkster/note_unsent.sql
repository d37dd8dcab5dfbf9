-- A character that can't be sent as it is. An edit makes it pending, and due, again.
create or replace function kinkster.note_unsent(p_kinkster_id uuid, p_revision bigint, p_error text)
  returns void
  language plpgsql
  volatile
  security invoker
  set search_path = ''
as $$
begin
  update public.kinksters as k
  set
    sync_status = case when k.sync_status = 'pending' and k.revision = p_revision then 'error' else k.sync_status end,
    sync_error = p_error
  where k.id = p_kinkster_id;
  update kinkster.notion_attempts as a set revision = p_revision, error = p_error where a.kinkster_id = p_kinkster_id;
exception when check_violation then
  -- A row from before a rule that it breaks can't be written.
  insert into kinkster.notion_attempts as a (kinkster_id, revision, next_attempt_at, error)
  values (p_kinkster_id, p_revision, 'infinity', p_error)
  on conflict (kinkster_id) do update
  set revision = excluded.revision, next_attempt_at = excluded.next_attempt_at, error = excluded.error;
end
$$;

comment on function kinkster.note_unsent(uuid, bigint, text) is
  'Notes why a revision of a character is not sent to Notion: in sync_error, or, where the row can''t be written, in kinkster.notion_attempts.';

revoke execute on function kinkster.note_unsent(uuid, bigint, text) from public, anon, authenticated, service_role;
