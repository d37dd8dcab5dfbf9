-- Forgets the page of a character of the caller's. Security definer: a client may not write what Notion shows; it takes no
-- user id, so it reaches the caller's own characters alone.
create or replace function kinkster.forget_own_page(p_kinkster_id uuid)
  returns jsonb
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
begin
  return kinkster.forget_page(
    (select k.id from public.kinksters as k where k.id = p_kinkster_id and k.user_id = (select auth.uid()))
  );
end
$$;

comment on function kinkster.forget_own_page(uuid) is
  'What forget_kinkster_notion_page does for a user. Raises what that raises.';

revoke execute on function kinkster.forget_own_page(uuid) from public, anon, authenticated, service_role;
grant execute on function kinkster.forget_own_page(uuid) to authenticated;
