-- Gives a connection back, and keeps Notion's pace across workers.
create or replace function kinkster.release_notion(
  p_user_id uuid,
  p_lease uuid,
  p_wait_seconds double precision default 0,
  p_error jsonb default null
)
  returns void
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
begin
  perform kinkster.leased_notion(p_user_id, p_lease);
  update kinkster.notion_connections as c
  set
    lease = null,
    lease_expires_at = null,
    paused_until = greatest(c.paused_until, kinkster.now() + pg_catalog.make_interval(secs => p_wait_seconds))
  where c.user_id = p_user_id;
  if p_error is not null then
    perform kinkster.note_notion_trouble(p_user_id, p_error);
  end if;
end
$$;

comment on function kinkster.release_notion(uuid, uuid, double precision, jsonb) is
  'Ends the lease of a connection; nobody uses it for p_wait_seconds. p_error is a failure outside of any page: error_code, error_message, error_hint, retry_after_seconds. Raises KW001 when the lease is lost.';

revoke execute on function kinkster.release_notion(uuid, uuid, double precision, jsonb)
  from public, anon, authenticated, service_role;
grant execute on function kinkster.release_notion(uuid, uuid, double precision, jsonb) to kinkster_worker;
