-- For a page that was deleted in Notion, and is not to come back from the trash.
create or replace function public.forget_kinkster_notion_page(p_kinkster_id uuid)
  returns jsonb
  language plpgsql
  volatile
  security invoker
  set search_path = ''
as $$
begin
  -- Without a user: an operator, whose own rights decide.
  if (select auth.uid()) is null then
    return kinkster.forget_page(p_kinkster_id);
  end if;
  return kinkster.forget_own_page(p_kinkster_id);
end
$$;

comment on function public.forget_kinkster_notion_page(uuid) is
  'Forgets the page of a kinkster in Notion: the next time that it is sent, a page with its Supabase ID is looked for, and created if there is none. Returns forgotten_page_id and sync_status. Raises PT404 for a kinkster that is not the caller''s, PT409 when no page of it is known or it breaks a rule.';

revoke execute on function public.forget_kinkster_notion_page(uuid) from public, anon, authenticated, service_role;
grant execute on function public.forget_kinkster_notion_page(uuid) to authenticated, service_role;
