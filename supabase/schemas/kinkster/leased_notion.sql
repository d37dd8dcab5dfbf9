-- Every function that a worker calls about a connection begins here: it must still be the worker's.
create or replace function kinkster.leased_notion(p_user_id uuid, p_lease uuid)
  returns kinkster.notion_connections
  language plpgsql
  volatile
  security invoker
  set search_path = ''
as $$
declare
  v_connection kinkster.notion_connections;
begin
  select c.* into v_connection
  from kinkster.notion_connections as c
  where c.user_id = p_user_id and c.lease = p_lease
  for no key update;
  if not found then
    raise sqlstate 'KW001' using message = 'This connection to Notion is no longer leased to this worker.';
  end if;
  return v_connection;
end
$$;

comment on function kinkster.leased_notion(uuid, uuid) is
  'The connection of a user, locked. Raises KW001 unless this lease is the one that holds it.';

revoke execute on function kinkster.leased_notion(uuid, uuid) from public, anon, authenticated, service_role;
