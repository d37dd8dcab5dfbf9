-- The next character of a connection, as Notion takes it. That a page may be created from now on is noted first: whatever
-- becomes of the worker, it is looked for before another one is created.
create or replace function kinkster.next_notion_page(p_user_id uuid, p_lease uuid)
  returns jsonb
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
declare
  c_most constant integer := 100;  -- characters that can't be sent; the next call goes on
  v_connection kinkster.notion_connections := kinkster.leased_notion(p_user_id, p_lease);
  v_now timestamptz := kinkster.now();
  v_id uuid;
  v_page jsonb;
  v_revision bigint;
  v_synced_at timestamptz;
  v_unclear_since timestamptz;
  v_message text;
  v_hint text;
begin
  update kinkster.notion_connections as c
  set lease_expires_at = v_now + (select s.lease from kinkster.settings as s)
  where c.user_id = p_user_id;
  for v_try in 1 .. c_most loop
    v_id := kinkster.due_kinkster(p_user_id);
    exit when v_id is null;
    select k.revision, k.notion_last_synced_at into v_revision, v_synced_at from public.kinksters as k where k.id = v_id;
    begin
      v_page := public.prepare_kinkster_for_notion(v_id);
      if v_page ->> 'page_id' is not null then
        if exists (
          select
          from public.kinksters as k
          where k.notion_page_id in (v_page ->> 'page_id', pg_catalog.replace(v_page ->> 'page_id', '-', '')) and k.id <> v_id
        ) then
          raise sqlstate 'PT409' using
            message = 'This kinkster''s page of Notion is noted as another kinkster''s, too.',
            hint = 'Call forget_kinkster_notion_page for the one that it does not show.';
        end if;
        return v_page || '{"state": "page", "look_up": false}'::jsonb;
      end if;
      select a.unclear_since into v_unclear_since from kinkster.notion_attempts as a where a.kinkster_id = v_id;
      insert into kinkster.notion_attempts as a (kinkster_id, revision, unclear_since)
      values (v_id, (v_page ->> 'revision')::bigint, v_now)
      on conflict (kinkster_id) do update set revision = excluded.revision, unclear_since = excluded.unclear_since;
      return v_page || pg_catalog.jsonb_build_object(
        'state', 'page',
        'look_up', v_unclear_since is not null or v_synced_at is not null,
        'parent', case
          when v_connection.data_source_id is null then v_page -> 'parent'
          else pg_catalog.jsonb_build_object('type', 'data_source_id', 'data_source_id', v_connection.data_source_id)
        end
      );
    exception
      when sqlstate 'PT404' or foreign_key_violation then
        null;  -- deleted meanwhile
      when others then
        -- A trouble of the database passes; but one character that can't be prepared must not stop the others.
        if sqlstate ~ '^(40|53|55|57|58)' then
          raise;
        end if;
        get stacked diagnostics v_message = message_text, v_hint = pg_exception_hint;
        if sqlstate !~ '^PT' then
          raise warning 'Kinkster % could not be prepared for Notion: SQLSTATE %.', v_id, sqlstate;
          v_message := 'The database could not prepare this kinkster for Notion.';
          v_hint := 'Tell the operator the time and the id of the kinkster.';
        end if;
        perform kinkster.note_unsent(v_id, v_revision, pg_catalog.concat_ws(' ', v_message, v_hint));
    end;
  end loop;
  return '{"state": "none"}'::jsonb;
end
$$;

comment on function kinkster.next_notion_page(uuid, uuid) is
  'The next character that is to be sent on a leased connection: state page, and what prepare_kinkster_for_notion returns, with the data source as parent; look_up says that the page may exist, and is to be looked for by its Supabase ID before it is created. {"state": "none"} when there is none. Keeps the connection for another lease. Raises KW001 when the lease is lost.';

revoke execute on function kinkster.next_notion_page(uuid, uuid) from public, anon, authenticated, service_role;
grant execute on function kinkster.next_notion_page(uuid, uuid) to kinkster_worker;
