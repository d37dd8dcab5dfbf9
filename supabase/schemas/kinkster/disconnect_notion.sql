-- Forgets a user's token. What is in Notion stays there, and the characters remember their pages.
create or replace function kinkster.disconnect_notion(p_user_id uuid)
  returns jsonb
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
begin
  -- A worker that is just creating a page may go on until its lease ends: whoever connects again looks for it after that.
  update kinkster.notion_attempts as a
  set unclear_since = greatest(a.unclear_since, c.lease_expires_at)
  from public.kinksters as k
  join kinkster.notion_connections as c on c.user_id = k.user_id
  where k.id = a.kinkster_id and k.user_id = p_user_id and a.unclear_since is not null;
  delete from kinkster.notion_connections as c where c.user_id = p_user_id;
  if not found then
    raise sqlstate 'PT404' using
      message = 'This user is not connected to Notion.',
      hint = 'kinkster notion status lists who is.';
  end if;
  return '{"success": true}'::jsonb;
end
$$;

comment on function kinkster.disconnect_notion(uuid) is
  'Removes a user''s token for Notion. Raises PT404 when there is none.';

revoke execute on function kinkster.disconnect_notion(uuid) from public, anon, authenticated, service_role;
grant execute on function kinkster.disconnect_notion(uuid) to kinkster_worker;
