-- An edit of a character leaves four traces: when, its next revision, that Notion has not seen it, and, when its provider
-- changed, that the provider's chain of responses has ended. It fires on no statement of a turn's path: see the trigger's
-- condition. Notion's own notes, and what Notion does not show, are no edit for Notion.
create or replace function kinkster.touch_kinkster()
  returns trigger
  language plpgsql
  security invoker
  set search_path = ''
as $$
declare
  c_of_sync constant text[] := array[
    'notion_page_id', 'notion_database_id', 'master_notion_page_id', 'notion_last_synced_at', 'last_notion_update',
    'sync_status', 'sync_error', 'revision', 'synced_revision'
  ];
  -- Changed for many characters at once, and never shown: spares them the look at all that Notion shows.
  c_of_provider constant text[] := array[
    'provider', 'provider_changed_at', 'openai_model', 'openai_instructions', 'openai_previous_response_id', 'flowise_chatflow_id'
  ];
  v_old jsonb := pg_catalog.to_jsonb(old) - c_of_sync;
  v_new jsonb := pg_catalog.to_jsonb(new) - c_of_sync;
begin
  if new.provider is distinct from old.provider then
    new.provider_changed_at := kinkster.now();
    new.openai_previous_response_id := null;
  end if;
  if v_new is distinct from v_old then
    new.updated_at := pg_catalog.now();
  end if;
  if v_new - c_of_provider is distinct from v_old - c_of_provider then
    if kinkster.notion_values(new) is distinct from kinkster.notion_values(old) then
      new.revision := old.revision + 1;
      new.last_local_update := pg_catalog.now();
      if new.sync_status is distinct from 'local_only' then
        new.sync_status := 'pending';
      end if;
    end if;
  end if;
  return new;
end
$$;

comment on function kinkster.touch_kinkster() is
  'Trigger: an edit sets updated_at, one that Notion shows also makes the next revision and leaves it pending, and a change of provider ends the chain of response ids.';

revoke execute on function kinkster.touch_kinkster() from public, anon, authenticated, service_role;
