-- Keeps a user's token for Notion, sealed, in the place of what was there before: an older one, or one in plain text.
create or replace function kinkster.connect_notion(
  p_user_id uuid,
  p_sealed_token text,
  p_bot_id text,
  p_workspace_id text,
  p_database_id text default null
)
  returns jsonb
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
declare
  v_database_id text := kinkster.notion_id(p_database_id);
  v_rule text;
  v_column text := kinkster.plain_token_column();
begin
  if kinkster.is_blank(p_sealed_token) or kinkster.is_blank(p_bot_id) then
    raise sqlstate 'PT422' using
      message = 'A connection needs a token and the id of its bot.',
      hint = 'Run: kinkster notion connect';
  end if;
  if v_database_id !~ '^[A-Za-z0-9_-]+$' then
    raise sqlstate 'PT422' using
      message = 'This is no id of a database in Notion.',
      hint = 'Give the 32 letters and digits that stand in the database''s address before the question mark.';
  end if;
  perform from kinkster.notion_connections as c where c.user_id = p_user_id for no key update;
  begin
    update public.profiles as p
    set
      notion_workspace_id = coalesce(p_workspace_id, p.notion_workspace_id),
      notion_kinksters_database_id = coalesce(v_database_id, p.notion_kinksters_database_id)
    where p.id = p_user_id;
  exception when check_violation then
    get stacked diagnostics v_rule = constraint_name;
    raise sqlstate 'PT409' using
      message = pg_catalog.format('This profile was made before a rule that it breaks: %s.', v_rule),
      hint = 'Correct the profile; until then no change of it can be stored.';
  end;
  if not found then
    raise sqlstate 'PT404' using
      message = 'There is no profile of this user.',
      hint = 'Check the id: a profile is made when a user signs up.';
  end if;
  insert into kinkster.notion_connections as c (user_id, sealed_token, bot_id, workspace_id)
  values (p_user_id, p_sealed_token, p_bot_id, p_workspace_id)
  on conflict (user_id) do update
  set
    sealed_token = excluded.sealed_token,
    bot_id = excluded.bot_id,
    workspace_id = excluded.workspace_id,
    data_source_id = case when c.bot_id = excluded.bot_id then c.data_source_id end,
    connected_at = excluded.connected_at,
    -- Whoever has the lease uses the old token, and may be waiting for an answer until it ends.
    paused_until = greatest(c.paused_until, c.lease_expires_at),
    lease = null,
    lease_expires_at = null;
  if v_column is not null then
    execute pg_catalog.format('update public.profiles as p set %I = null where p.id = $1', v_column) using p_user_id;
  end if;
  perform kinkster.retry_notion(p_user_id);
  return pg_catalog.jsonb_build_object(
    'success', true,
    'database_id', (select kinkster.notion_id(p.notion_kinksters_database_id) from public.profiles as p where p.id = p_user_id)
  );
end
$$;

comment on function kinkster.connect_notion(uuid, text, text, text, text) is
  'Connects a user to Notion, or anew: the token as a worker has sealed it, whose bot it is, its workspace, and the database for the characters (null: as it is). A token in plain text is removed, and what failed is due again. Returns database_id, null when none is set. Raises PT404 for a user without profile, PT409 for a profile that breaks a rule, PT422 for a bad id.';

revoke execute on function kinkster.connect_notion(uuid, text, text, text, text) from public, anon, authenticated, service_role;
grant execute on function kinkster.connect_notion(uuid, text, text, text, text) to kinkster_worker;
