-- An edit of a character leaves three traces: when, that Notion has not seen it, and, when its provider changed, that
-- the provider's chain of responses has ended. It fires on no statement of a turn's path: see the trigger's condition.
create or replace function kinkster.touch_kinkster()
  returns trigger
  language plpgsql
  security invoker
  set search_path = ''
as $$
declare
  -- What Notion does not show.
  c_unshown constant text[] := array[
    'provider', 'provider_changed_at', 'openai_model', 'openai_instructions', 'openai_previous_response_id',
    'flowise_chatflow_id', 'notion_page_id', 'notion_database_id', 'master_notion_page_id', 'notion_last_synced_at',
    'sync_status', 'sync_error', 'last_local_update', 'last_notion_update', 'updated_at', 'created_at'
  ];
begin
  if new.provider is distinct from old.provider then
    new.provider_changed_at := kinkster.now();
    new.openai_previous_response_id := null;
  end if;
  if pg_catalog.to_jsonb(new) - c_unshown is distinct from pg_catalog.to_jsonb(old) - c_unshown then
    new.last_local_update := pg_catalog.now();
    if new.sync_status is distinct from 'local_only' then
      new.sync_status := 'pending';
    end if;
  end if;
  new.updated_at := pg_catalog.now();
  return new;
end
$$;

comment on function kinkster.touch_kinkster() is
  'Trigger: an edit sets updated_at, makes what Notion shows pending, and a change of provider ends the chain of response ids.';

revoke execute on function kinkster.touch_kinkster() from public, anon, authenticated, service_role;
