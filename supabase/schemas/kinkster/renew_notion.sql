-- A page with much content takes many requests.
create or replace function kinkster.renew_notion(p_user_id uuid, p_lease uuid)
  returns void
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
begin
  perform kinkster.leased_notion(p_user_id, p_lease);
  update kinkster.notion_connections as c
  set lease_expires_at = kinkster.now() + (select s.lease from kinkster.settings as s)
  where c.user_id = p_user_id;
end
$$;

comment on function kinkster.renew_notion(uuid, uuid) is
  'Keeps a connection for another lease. Raises KW001 when the lease is lost.';

revoke execute on function kinkster.renew_notion(uuid, uuid) from public, anon, authenticated, service_role;
grant execute on function kinkster.renew_notion(uuid, uuid) to kinkster_worker;
