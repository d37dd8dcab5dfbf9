-- What became of a page. Decided here: whether it counts as sent, when it is tried again, and what its owner is told.
create or replace function kinkster.settle_notion_page(p_user_id uuid, p_lease uuid, p_kinkster_id uuid, p_outcome jsonb)
  returns jsonb
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
declare
  c_keys constant text[] := array[
    'status', 'page_id', 'revision', 'error_code', 'error_message', 'error_hint', 'retry_after_seconds', 'is_unclear',
    'has_progressed', 'was_answered'
  ];
  c_passing constant text[] := array[
    'notion_unreachable', 'notion_timeout', 'notion_unavailable', 'notion_misbehaved', 'notion_conflict',
    'notion_rate_limited', 'notion_overloaded', 'worker_stopped'
  ];
  c_free constant text[] := array['notion_rate_limited', 'notion_overloaded', 'worker_stopped'];  -- nobody's failure
  c_told constant integer := 5;
  -- After these the request may still be carried out: the look for its page is to come after that.
  c_unanswered constant text[] := array['notion_timeout', 'notion_unreachable', 'worker_stopped'];
  c_carried_out constant interval := interval '50 seconds';
  v_connection kinkster.notion_connections := kinkster.leased_notion(p_user_id, p_lease);
  v_now timestamptz := kinkster.now();
  v_code text := p_outcome ->> 'error_code';
  v_revision bigint := (p_outcome ->> 'revision')::bigint;
  v_page_id text := kinkster.notion_id(p_outcome ->> 'page_id');
  v_error text;
  v_hint text;
  v_goes_on boolean := true;
  v_is_there boolean;
  v_is_forgotten boolean;
  v_is_unclear boolean;
  v_kinkster public.kinksters;
  v_attempts integer;
begin
  if pg_catalog.jsonb_typeof(p_outcome) is distinct from 'object' then
    raise sqlstate 'PT400' using
      message = 'An outcome is a JSON object.',
      hint = pg_catalog.format('Its keys are %s.', pg_catalog.array_to_string(c_keys, ', '));
  end if;
  if p_outcome - c_keys <> '{}' or coalesce(p_outcome ->> 'status' not in ('sent', 'failed'), true) or v_revision is null then
    raise sqlstate 'PT400' using
      message = 'This is no outcome of a page.',
      hint = pg_catalog.format('It has a status, sent or failed, and a revision; its keys are %s.', pg_catalog.array_to_string(c_keys, ', '));
  end if;
  update kinkster.notion_connections as c
  set lease_expires_at = v_now + (select s.lease from kinkster.settings as s)
  where c.user_id = p_user_id;
  select k.* into v_kinkster
  from public.kinksters as k
  where k.id = p_kinkster_id and k.user_id = p_user_id and not k.is_system_kinkster
  for no key update;
  -- Of a character that is gone nothing is noted but what its failure says of the connection.
  v_is_there := found;
  -- Nor of a page that its owner had it forget while it was sent; what was to be created has left a note.
  v_is_forgotten := v_kinkster.notion_page_id is null
    and v_kinkster.notion_last_synced_at is not null
    and not exists (
      select from kinkster.notion_attempts as a where a.kinkster_id = p_kinkster_id and a.unclear_since is not null
    );

  if not v_is_there then
    if p_outcome ->> 'status' = 'failed' and v_code <> 'worker_stopped' then
      v_goes_on := kinkster.note_notion_trouble(p_user_id, p_outcome);
    end if;
  elsif p_outcome ->> 'status' = 'sent' and v_is_forgotten then
    null;
  elsif p_outcome ->> 'status' = 'sent' then
    begin
      -- What a client of the user's has marked meanwhile stays.
      if coalesce(v_kinkster.synced_revision < v_revision, true) then
        perform kinkster.note_sync(
          p_kinkster_id, v_page_id, case when v_kinkster.notion_page_id is null then v_connection.database_id end, null,
          v_revision
        );
      else
        update public.kinksters as k
        set sync_status = 'synced', sync_error = null
        where k.id = p_kinkster_id and k.sync_status = 'pending' and k.synced_revision = k.revision;
      end if;
      delete from kinkster.notion_attempts as a where a.kinkster_id = p_kinkster_id;
    exception when sqlstate 'PT409' or sqlstate 'PT422' then
      get stacked diagnostics v_error = message_text, v_hint = pg_exception_hint;
      perform kinkster.note_unsent(p_kinkster_id, v_revision, pg_catalog.concat_ws(' ', v_error, v_hint));
    end;
    update kinkster.notion_connections as c set failures = 0, trouble = null where c.user_id = p_user_id;
  else
    v_error := pg_catalog.concat_ws(' ', p_outcome ->> 'error_message', p_outcome ->> 'error_hint');
    if v_is_forgotten then
      v_code := 'notion_conflict';
      v_page_id := null;
    end if;
    v_is_unclear := v_page_id is null and (p_outcome ->> 'is_unclear')::boolean;  -- null: as it was
    -- A page that is known to be there is changed from now on, not created.
    if v_page_id is not null and v_kinkster.notion_page_id is null then
      if exists (
        select
        from public.kinksters as k
        where k.notion_page_id in (v_page_id, pg_catalog.replace(v_page_id, '-', '')) and k.id <> p_kinkster_id
      ) then
        v_error := 'The page with this kinkster''s Supabase ID is another kinkster''s in Notion. Correct the ID there.';
        v_code := null;
      else
        update public.kinksters as k
        set notion_page_id = v_page_id, notion_database_id = v_connection.database_id
        where k.id = p_kinkster_id;
      end if;
    end if;
    insert into kinkster.notion_attempts as a (kinkster_id, revision, attempts, unclear_since, error)
    values (
      p_kinkster_id, v_revision, case when v_code = any(c_free) then 0 else 1 end,
      case when v_is_unclear then v_now + case when v_code = any(c_unanswered) then c_carried_out else '0' end end, v_error
    )
    on conflict (kinkster_id) do update
    set
      revision = excluded.revision,
      attempts = excluded.attempts + case when (p_outcome ->> 'has_progressed')::boolean then 0 else a.attempts end,
      unclear_since = case when v_is_unclear is null then a.unclear_since else excluded.unclear_since end,
      error = excluded.error
    returning a.attempts into v_attempts;
    if v_code = any(c_passing) then
      update kinkster.notion_attempts as a
      set next_attempt_at = case
        when v_code <> all(c_free) then
          v_now + pg_catalog.make_interval(secs => least(2 ^ least(v_attempts, 10), 600) * (0.5 + pg_catalog.random()))
      end
      where a.kinkster_id = p_kinkster_id;
      if v_attempts >= c_told then
        update public.kinksters as k
        set sync_error = v_error || ' It is tried again without anybody''s doing.'
        where k.id = p_kinkster_id;
      end if;
    end if;
    if v_code <> 'worker_stopped' then
      v_goes_on := kinkster.note_notion_trouble(p_user_id, p_outcome);
    end if;
    if v_code is null or (v_code <> all(c_passing) and v_goes_on) then
      perform kinkster.note_unsent(p_kinkster_id, v_revision, v_error);
    end if;
  end if;

  return pg_catalog.jsonb_build_object(
    'goes_on', v_goes_on,
    'sync_status', (select k.sync_status from public.kinksters as k where k.id = p_kinkster_id and v_is_there)
  );
end
$$;

comment on function kinkster.settle_notion_page(uuid, uuid, uuid, jsonb) is
  'Notes what became of a page that next_notion_page gave: status sent or failed, revision, page_id where one is known, error_code, error_message, error_hint, retry_after_seconds, and is_unclear when a page may have been created without our hearing of it (left out: as it was), has_progressed when some of its content arrived, so that it does not wait longer than the time before, and was_answered when Notion answered a request of it as it should. Returns sync_status (null for a character that is gone) and goes_on: false when the connection was paused or stopped, and its lease is over. Raises KW001 when the lease is lost, PT400 for an unknown key or status.';

revoke execute on function kinkster.settle_notion_page(uuid, uuid, uuid, jsonb) from public, anon, authenticated, service_role;
grant execute on function kinkster.settle_notion_page(uuid, uuid, uuid, jsonb) to kinkster_worker;
