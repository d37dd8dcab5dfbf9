-- The page is gone, or is to be another one. That there was one is not forgotten: it is looked for before one is created.
create or replace function kinkster.forget_page(p_kinkster_id uuid)
  returns jsonb
  language plpgsql
  volatile
  security invoker
  set search_path = ''
as $$
declare
  v_kinkster public.kinksters;
  v_rule text;
begin
  select k.* into v_kinkster
  from public.kinksters as k
  where k.id = p_kinkster_id and k.user_id is not null and not k.is_system_kinkster
  for no key update;
  if not found then
    raise sqlstate 'PT404' using
      message = 'There is no kinkster of yours with this id.',
      hint = 'Check the id: a page is forgotten by the owner of its kinkster.';
  end if;
  v_rule := kinkster.broken_rule(v_kinkster);
  if v_rule is not null then
    raise sqlstate 'PT409' using
      message = pg_catalog.format('This kinkster was made before a rule that it breaks: %s.', v_rule),
      hint = 'Correct the kinkster; until then no change of it can be stored.';
  end if;
  if v_kinkster.notion_page_id is null then
    raise sqlstate 'PT409' using
      message = 'No page of this kinkster is known.',
      hint = 'There is nothing to forget: it gets a page when it is sent.';
  end if;
  update public.kinksters as k
  set
    notion_page_id = null,
    notion_database_id = null,
    notion_last_synced_at = coalesce(k.notion_last_synced_at, kinkster.now()),
    synced_revision = null,
    sync_status = case when k.sync_status = 'local_only' then 'local_only' else 'pending' end,
    sync_error = null
  where k.id = p_kinkster_id
  returning k.sync_status into v_kinkster.sync_status;
  return pg_catalog.jsonb_build_object(
    'success', true,
    'kinkster_id', p_kinkster_id,
    'forgotten_page_id', v_kinkster.notion_page_id,
    'sync_status', v_kinkster.sync_status
  );
end
$$;

comment on function kinkster.forget_page(uuid) is
  'What forget_kinkster_notion_page does, for whoever may write every kinkster. Raises what that raises.';

revoke execute on function kinkster.forget_page(uuid) from public, anon, authenticated, service_role;
grant execute on function kinkster.forget_page(uuid) to service_role;
