-- Never wait long for a lock: better to fail here, with nothing changed, and be run again.
set local lock_timeout = '400ms';

-- from supabase/schemas/kinkster/settings.sql (sha256 8f5f41670c7547a5739aeb9772d97ecc1958e3b9914ef339164567a895463324)
alter table kinkster.settings
  add column notion_interval interval not null default '0.35 seconds'
    constraint notion_interval_is_positive check (notion_interval > '0');
comment on column kinkster.settings.notion_interval is 'Time between two requests of one connection to Notion, which allows three a second.';

-- from supabase/schemas/public/prepare_kinkster_for_notion.sql
-- The body that makes a character's page in Notion, or changes the one that it has. An emptied field is sent empty, since
-- Notion leaves a property that is not sent as it was.
create or replace function public.prepare_kinkster_for_notion(p_kinkster_id uuid)
  returns jsonb
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  v_kinkster public.kinksters := kinkster.visible_kinkster(p_kinkster_id);
  v_page_id text := kinkster.notion_id(v_kinkster.notion_page_id);
  v_rule text := kinkster.broken_rule(v_kinkster);
  v_database_id text;
begin
  if v_kinkster.is_system_kinkster or v_kinkster.user_id is null then
    raise sqlstate 'PT404' using
      message = 'A system kinkster has no page in Notion.',
      hint = 'Create a kinkster of your own and send that.';
  end if;
  if v_kinkster.sync_status = 'local_only' then
    raise sqlstate 'PT409' using
      message = 'This kinkster is not to leave this database.',
      hint = 'Its sync_status is local_only; it is sent once that is pending.';
  end if;
  -- Nothing could be noted of its page.
  if v_rule is not null then
    raise sqlstate 'PT409' using
      message = pg_catalog.format('This kinkster was made before a rule that it breaks: %s.', v_rule),
      hint = 'Correct the kinkster; until then no change of it can be stored.';
  end if;
  if v_page_id !~ '^[A-Za-z0-9_-]+$' then
    raise sqlstate 'PT409' using
      message = 'What is noted as this kinkster''s page is no id of Notion.',
      hint = 'Call forget_kinkster_notion_page, and it gets a page when it is sent.';
  end if;
  if v_page_id is null then
    select kinkster.notion_id(p.notion_kinksters_database_id) into v_database_id
    from public.profiles as p
    where p.id = v_kinkster.user_id;
    if v_database_id is null or v_database_id !~ '^[A-Za-z0-9_-]+$' then
      raise sqlstate 'PT409' using
        message = 'No Notion database is set for this kinkster''s page.',
        hint = 'Set notion_kinksters_database_id in your profile to the id of a database in Notion, not to its address.';
    end if;
  end if;
  return pg_catalog.jsonb_build_object(
    'success', true,
    'kinkster_id', v_kinkster.id,
    'revision', v_kinkster.revision,
    'page_id', v_page_id
  )
    || case when v_page_id is null then
      pg_catalog.jsonb_build_object(
        'parent', pg_catalog.jsonb_build_object('type', 'database_id', 'database_id', v_database_id)
      )
      else '{}'
    end
    || kinkster.notion_page(v_kinkster);
end
$$;

comment on function public.prepare_kinkster_for_notion(uuid) is
  'A kinkster as Notion takes it: its revision; page_id, null when it has no page yet; then also parent; properties, all of them; children, the first 40 blocks of content at most, and more_children, lists of 40 at most to append after the page is there. Raises PT404 for a kinkster that is not the caller''s, PT409 when no database is set, when it is local_only, when its page_id is no id, or when it breaks a rule (an age that is not plainly 18 or over).';

revoke execute on function public.prepare_kinkster_for_notion(uuid) from public, anon, authenticated, service_role;
grant execute on function public.prepare_kinkster_for_notion(uuid) to authenticated, service_role;

-- from supabase/schemas/kinkster/forget_page.sql
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

-- from supabase/schemas/kinkster/forget_own_page.sql
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

-- from supabase/schemas/public/forget_kinkster_notion_page.sql
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

-- from supabase/schemas/kinkster/leased_notion.sql
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

-- from supabase/schemas/kinkster/due_kinkster.sql
-- The next character to send. One that is waiting after a failure is due at once when it was edited; but where a page may
-- have been created, Notion's search is given time to know it.
create or replace function kinkster.due_kinkster(p_user_id uuid)
  returns uuid
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  c_search_lags constant interval := interval '10 seconds';
  v_now timestamptz := kinkster.now();
begin
  return (
    select k.id
    from public.kinksters as k
    left join kinkster.notion_attempts as a on a.kinkster_id = k.id
    where k.user_id = p_user_id
      and k.sync_status = 'pending'
      and not k.is_system_kinkster
      and coalesce(a.unclear_since <= v_now - c_search_lags, true)
      and case
        -- It broke a rule, perhaps in what Notion does not show.
        when a.next_attempt_at = 'infinity' then kinkster.broken_rule(k) is null or a.revision <> k.revision
        else coalesce(a.next_attempt_at <= v_now, true) or a.revision <> k.revision
      end
    order by k.id
    limit 1
  );
end
$$;

comment on function kinkster.due_kinkster(uuid) is 'The id of a user''s next character that is to be sent to Notion now; null for none.';

revoke execute on function kinkster.due_kinkster(uuid) from public, anon, authenticated, service_role;

-- from supabase/schemas/kinkster/claim_notion.sql
-- Gives a worker a connection that has something to send: the one that waited longest. Or a certain user's, to set it up,
-- whatever there is to send.
create or replace function kinkster.claim_notion(p_worker text, p_user_id uuid default null, p_anyway boolean default false)
  returns jsonb
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
declare
  v_now timestamptz := kinkster.now();
  v_settings kinkster.settings;
  v_connection kinkster.notion_connections;
  v_locked bigint;
  v_taken text[] := '{}'::text[];
  v_leased_until timestamptz;
  v_paused_until timestamptz;
  v_database_id text;
begin
  select s.* into v_settings from kinkster.settings as s;
  -- One claim at a time, since the tokens of a bot are in several rows.
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('kinkster.claim_notion', 0));
  loop
    select c.* into v_connection
    from kinkster.notion_connections as c
    where (p_user_id is null or c.user_id = p_user_id)
      and c.bot_id <> all(v_taken)
      and case
        when p_anyway then true
        else c.error_code is null
          and not exists (
            select
            from kinkster.notion_connections as o
            where o.bot_id = c.bot_id and (o.lease_expires_at > v_now or o.paused_until > v_now)
          )
          and kinkster.due_kinkster(c.user_id) is not null
      end
    order by c.claimed_at nulls first, c.user_id
    limit 1
    for no key update skip locked;
    exit when not found;
    -- The bot's expired leases end here. One that may be being renewed at this moment does not, and then it is not ours to take.
    perform
    from kinkster.notion_connections as o
    where o.bot_id = v_connection.bot_id
    for no key update skip locked;
    get diagnostics v_locked = row_count;
    exit when v_locked = (select count(*) from kinkster.notion_connections as o where o.bot_id = v_connection.bot_id);
    v_taken := v_taken || v_connection.bot_id;
    v_connection := null;
  end loop;
  if v_connection.user_id is null then
    if not p_anyway then
      return '{"state": "idle"}'::jsonb;
    end if;
    if exists (select from kinkster.notion_connections as c where c.user_id = p_user_id) then
      return '{"state": "busy"}'::jsonb;
    end if;
    raise sqlstate 'PT404' using
      message = 'This user is not connected to Notion.',
      hint = 'Run: kinkster notion connect';
  end if;

  update kinkster.notion_connections as o
  set lease = null, lease_expires_at = null
  where o.bot_id = v_connection.bot_id and o.lease_expires_at <= v_now;
  select pg_catalog.max(o.lease_expires_at), pg_catalog.max(o.paused_until) into v_leased_until, v_paused_until
  from kinkster.notion_connections as o
  where o.bot_id = v_connection.bot_id;
  if v_leased_until > v_now then
    return '{"state": "busy"}'::jsonb;
  end if;
  if v_paused_until > v_now then
    return pg_catalog.jsonb_build_object('state', 'paused', 'wait_seconds', extract(epoch from v_paused_until - v_now));
  end if;

  select kinkster.notion_id(p.notion_kinksters_database_id) into v_database_id
  from public.profiles as p
  where p.id = v_connection.user_id;
  if v_database_id !~ '^[A-Za-z0-9_-]+$' then
    v_database_id := null;  -- an address, for example
  end if;
  update kinkster.notion_connections as c
  set
    worker = p_worker,
    lease = pg_catalog.gen_random_uuid(),
    lease_expires_at = v_now + v_settings.lease,
    claimed_at = v_now,
    data_source_id = case when c.database_id = v_database_id then c.data_source_id end,
    database_id = v_database_id
  where c.user_id = v_connection.user_id
  returning c.* into v_connection;
  return pg_catalog.jsonb_build_object(
    'state', 'claimed',
    'user_id', v_connection.user_id,
    'lease', v_connection.lease,
    'lease_seconds', extract(epoch from v_settings.lease),
    'interval_seconds', extract(epoch from v_settings.notion_interval),
    'sealed_token', v_connection.sealed_token,
    'bot_id', v_connection.bot_id,
    'database_id', v_connection.database_id,
    'data_source_id', v_connection.data_source_id
  );
end
$$;

comment on function kinkster.claim_notion(text, uuid, boolean) is
  'Leases the connection of a user, or of p_user_id, who has characters to send; with p_anyway whatever there is to send, and even if it was stopped: state claimed, user_id, lease, lease_seconds, interval_seconds between two requests, sealed_token, bot_id, database_id (null when none is set) and data_source_id (null until note_notion_source). {"state": "idle"} when there is nothing to send; with p_anyway {"state": "busy"} when it is in use, {"state": "paused", "wait_seconds"} when it is paused; raises PT404 then for a user without connection.';

revoke execute on function kinkster.claim_notion(text, uuid, boolean) from public, anon, authenticated, service_role;
grant execute on function kinkster.claim_notion(text, uuid, boolean) to kinkster_worker;

-- from supabase/schemas/kinkster/note_notion_source.sql
-- A database of Notion has data sources, and a page is created in one of them; a worker asks once which. The database becomes
-- the one of the user's profile, if it was another.
create or replace function kinkster.note_notion_source(
  p_user_id uuid,
  p_lease uuid,
  p_database_id text,
  p_data_source_id text
)
  returns void
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
declare
  v_database_id text := kinkster.notion_id(p_database_id);
  v_connection kinkster.notion_connections := kinkster.leased_notion(p_user_id, p_lease);
  v_rule text;
begin
  update kinkster.notion_connections as c
  set database_id = v_database_id, data_source_id = kinkster.notion_id(p_data_source_id)
  where c.user_id = p_user_id;
  begin
    update public.profiles as p
    set notion_kinksters_database_id = v_database_id
    where p.id = p_user_id
      and v_connection.database_id is distinct from v_database_id
      -- If the user has set another one meanwhile, that is the one.
      and kinkster.notion_id(p.notion_kinksters_database_id) is not distinct from v_connection.database_id;
  exception when check_violation then
    get stacked diagnostics v_rule = constraint_name;
    raise sqlstate 'PT409' using
      message = pg_catalog.format('This profile was made before a rule that it breaks: %s.', v_rule),
      hint = 'Correct the profile; until then no change of it can be stored.';
  end;
end
$$;

comment on function kinkster.note_notion_source(uuid, uuid, text, text) is
  'Notes the data source that a user''s new pages go to, and the database that it is of, in the profile too. Raises KW001 when the lease is lost, PT409 for a profile that breaks a rule.';

revoke execute on function kinkster.note_notion_source(uuid, uuid, text, text) from public, anon, authenticated, service_role;
grant execute on function kinkster.note_notion_source(uuid, uuid, text, text) to kinkster_worker;

-- from supabase/schemas/kinkster/renew_notion.sql
-- A page with much content takes many requests.
create or replace function kinkster.renew_notion(p_user_id uuid, p_lease uuid)
  returns void
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
begin
  perform kinkster.leased_notion(p_user_id, p_lease);
  update kinkster.notion_connections as c
  set lease_expires_at = kinkster.now() + (select s.lease from kinkster.settings as s)
  where c.user_id = p_user_id;
end
$$;

comment on function kinkster.renew_notion(uuid, uuid) is
  'Keeps a connection for another lease. Raises KW001 when the lease is lost.';

revoke execute on function kinkster.renew_notion(uuid, uuid) from public, anon, authenticated, service_role;
grant execute on function kinkster.renew_notion(uuid, uuid) to kinkster_worker;

-- from supabase/schemas/kinkster/note_unsent.sql
-- A character that can't be sent as it is. An edit makes it pending, and due, again.
create or replace function kinkster.note_unsent(p_kinkster_id uuid, p_revision bigint, p_error text)
  returns void
  language plpgsql
  volatile
  security invoker
  set search_path = ''
as $$
begin
  update public.kinksters as k
  set
    sync_status = case when k.sync_status = 'pending' and k.revision = p_revision then 'error' else k.sync_status end,
    sync_error = p_error
  where k.id = p_kinkster_id;
  update kinkster.notion_attempts as a set revision = p_revision, error = p_error where a.kinkster_id = p_kinkster_id;
exception when check_violation then
  -- A row from before a rule that it breaks can't be written.
  insert into kinkster.notion_attempts as a (kinkster_id, revision, next_attempt_at, error)
  values (p_kinkster_id, p_revision, 'infinity', p_error)
  on conflict (kinkster_id) do update
  set revision = excluded.revision, next_attempt_at = excluded.next_attempt_at, error = excluded.error;
end
$$;

comment on function kinkster.note_unsent(uuid, bigint, text) is
  'Notes why a revision of a character is not sent to Notion: in sync_error, or, where the row can''t be written, in kinkster.notion_attempts.';

revoke execute on function kinkster.note_unsent(uuid, bigint, text) from public, anon, authenticated, service_role;

-- from supabase/schemas/kinkster/next_notion_page.sql
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

-- from supabase/schemas/kinkster/note_notion_trouble.sql
-- What a failure means for a whole connection. What somebody has to put right stops it, and each character that waits
-- says why. What passes pauses it: as long as Notion says, or longer each time.
create or replace function kinkster.note_notion_trouble(p_user_id uuid, p_error jsonb)
  returns boolean
  language plpgsql
  volatile
  security invoker
  set search_path = ''
as $$
declare
  c_stopping constant text[] := array[
    'notion_unauthorized', 'notion_forbidden', 'notion_database_missing', 'notion_database_unset', 'notion_sources_several',
    'notion_properties_wrong'
  ];
  -- A token that one worker can't open may be another's to open.
  c_pausing constant text[] := array['notion_rate_limited', 'notion_overloaded', 'notion_token_unreadable'];
  c_passing constant text[] := array[
    'notion_unreachable', 'notion_timeout', 'notion_unavailable', 'notion_misbehaved', 'worker_error'
  ];
  c_in_a_row constant integer := 3;
  v_code text := p_error ->> 'error_code';
  v_retry_after double precision := (p_error ->> 'retry_after_seconds')::double precision;
  v_failures integer;
  v_pause double precision;
begin
  if v_code = any(c_stopping) then
    update kinkster.notion_connections as c
    set
      lease = null,
      lease_expires_at = null,
      failures = 0,
      paused_until = greatest(c.paused_until, kinkster.now() + (select s.notion_interval from kinkster.settings as s)),
      error_code = v_code,
      error_message = p_error ->> 'error_message',
      error_hint = p_error ->> 'error_hint'
    where c.user_id = p_user_id;
    update public.kinksters as k
    set sync_status = 'error', sync_error = pg_catalog.concat_ws(' ', p_error ->> 'error_message', p_error ->> 'error_hint')
    where k.user_id = p_user_id and k.sync_status = 'pending' and kinkster.broken_rule(k) is null;
    return false;
  end if;

  update kinkster.notion_connections as c
  set failures = case
    when v_code <> all(c_pausing || c_passing) then 0
    when (p_error ->> 'was_answered')::boolean then 1
    else c.failures + 1
  end,
  trouble = case
    when v_code = any(c_pausing || c_passing) then pg_catalog.concat_ws(' ', p_error ->> 'error_message', p_error ->> 'error_hint')
    else c.trouble
  end
  where c.user_id = p_user_id
  returning c.failures into v_failures;
  if v_retry_after is not null then
    v_pause := least(v_retry_after, 86400);
  elsif v_code = any(c_pausing) then
    v_pause := least(5 * 2 ^ least(v_failures - 1, 6), 300);
  elsif v_failures >= c_in_a_row then
    v_pause := least(5 * 2 ^ least(v_failures - c_in_a_row, 6), 300);
  else
    return true;
  end if;
  update kinkster.notion_connections as c
  set
    lease = null,
    lease_expires_at = null,
    paused_until = kinkster.now() + greatest(
      pg_catalog.make_interval(secs => v_pause), (select s.notion_interval from kinkster.settings as s)
    )
  where c.user_id = p_user_id;
  return false;
end
$$;

comment on function kinkster.note_notion_trouble(uuid, jsonb) is
  'Takes a failure (error_code, error_message, error_hint, retry_after_seconds, was_answered) on a leased connection; whether the connection goes on. Otherwise it is paused or stopped, and its lease is over.';

revoke execute on function kinkster.note_notion_trouble(uuid, jsonb) from public, anon, authenticated, service_role;

-- from supabase/schemas/kinkster/settle_notion_page.sql
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

-- from supabase/schemas/kinkster/release_notion.sql
-- Gives a connection back, and keeps Notion's pace across workers.
create or replace function kinkster.release_notion(
  p_user_id uuid,
  p_lease uuid,
  p_wait_seconds double precision default 0,
  p_error jsonb default null
)
  returns void
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
begin
  perform kinkster.leased_notion(p_user_id, p_lease);
  update kinkster.notion_connections as c
  set
    lease = null,
    lease_expires_at = null,
    paused_until = greatest(c.paused_until, kinkster.now() + pg_catalog.make_interval(secs => p_wait_seconds))
  where c.user_id = p_user_id;
  if p_error is not null then
    perform kinkster.note_notion_trouble(p_user_id, p_error);
  end if;
end
$$;

comment on function kinkster.release_notion(uuid, uuid, double precision, jsonb) is
  'Ends the lease of a connection; nobody uses it for p_wait_seconds. p_error is a failure outside of any page: error_code, error_message, error_hint, retry_after_seconds. Raises KW001 when the lease is lost.';

revoke execute on function kinkster.release_notion(uuid, uuid, double precision, jsonb)
  from public, anon, authenticated, service_role;
grant execute on function kinkster.release_notion(uuid, uuid, double precision, jsonb) to kinkster_worker;

-- from supabase/schemas/kinkster/retry_notion.sql
-- Somebody has put right what was wrong, or believes so: everything that did not arrive is due again.
create or replace function kinkster.retry_notion(p_user_id uuid)
  returns void
  language plpgsql
  volatile
  security invoker
  set search_path = ''
as $$
begin
  update kinkster.notion_connections as c
  set error_code = null, error_message = null, error_hint = null, trouble = null, failures = 0
  where c.user_id = p_user_id;
  update kinkster.notion_attempts as a
  set next_attempt_at = null
  from public.kinksters as k
  where k.id = a.kinkster_id and k.user_id = p_user_id;
  update public.kinksters as k
  set sync_status = 'pending', sync_error = null
  where k.user_id = p_user_id
    and not k.is_system_kinkster
    and coalesce(k.sync_status = 'error', true)  -- null: from an application of before
    and kinkster.broken_rule(k) is null;
end
$$;

comment on function kinkster.retry_notion(uuid) is
  'Clears the errors of a user''s connection and characters, so that they are sent again.';

revoke execute on function kinkster.retry_notion(uuid) from public, anon, authenticated, service_role;

-- from supabase/schemas/kinkster/has_plain_tokens.sql
-- The application that was here before kept tokens as they are, in a column that not every database has.
create or replace function kinkster.has_plain_tokens()
  returns boolean
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
begin
  return exists (
    select
    from pg_catalog.pg_attribute as a
    where a.attrelid = 'public.profiles'::regclass and a.attname = 'notion_access_token' and not a.attisdropped
  );
end
$$;

comment on function kinkster.has_plain_tokens() is 'Whether profiles have a column notion_access_token.';

revoke execute on function kinkster.has_plain_tokens() from public, anon, authenticated, service_role;

-- from supabase/schemas/kinkster/plain_notion_tokens.sql
-- What kinkster notion connect moves into kinkster.notion_connections.
create or replace function kinkster.plain_notion_tokens()
  returns jsonb
  language plpgsql
  stable
  security definer
  set search_path = ''
as $$
declare
  v_tokens jsonb := '[]'::jsonb;
begin
  if kinkster.has_plain_tokens() then
    execute pg_catalog.format(
      $sql$
        select pg_catalog.jsonb_agg(
          pg_catalog.jsonb_build_object('user_id', p.id, 'email', p.email, 'token', kinkster.trimmed(p.%1$I)) order by p.email
        )
        from public.profiles as p
        where not kinkster.is_blank(p.%1$I)
      $sql$,
      'notion_access_token'
    )
    into v_tokens;
  end if;
  return coalesce(v_tokens, '[]');
end
$$;

comment on function kinkster.plain_notion_tokens() is
  'The Notion tokens that lie in profiles as plain text: a list of user_id, email and token.';

revoke execute on function kinkster.plain_notion_tokens() from public, anon, authenticated, service_role;
grant execute on function kinkster.plain_notion_tokens() to kinkster_worker;

-- from supabase/schemas/kinkster/connect_notion.sql
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
  if kinkster.has_plain_tokens() then
    execute pg_catalog.format('update public.profiles as p set %I = null where p.id = $1', 'notion_access_token') using p_user_id;
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

-- from supabase/schemas/kinkster/disconnect_notion.sql
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

-- from supabase/schemas/kinkster/find_notion_user.sql
-- People know addresses, not ids.
create or replace function kinkster.find_notion_user(p_who text)
  returns uuid
  language plpgsql
  stable
  security definer
  set search_path = ''
as $$
declare
  v_who text := kinkster.trimmed(p_who);
  v_ids uuid[];
begin
  v_ids := array(
    select p.id
    from public.profiles as p
    where p.id::text = pg_catalog.lower(v_who) or p.email = v_who
  );
  if v_ids = '{}' then
    v_ids := array(select p.id from public.profiles as p where pg_catalog.lower(p.email) = pg_catalog.lower(v_who));
  end if;
  if pg_catalog.cardinality(v_ids) > 1 then
    raise sqlstate 'PT409' using
      message = 'There are several profiles with this address.',
      hint = 'Give the address in the letters of the profile, or the id of the user.';
  end if;
  if v_ids = '{}' then
    raise sqlstate 'PT404' using
      message = 'There is no profile with this id or address.',
      hint = 'Give the id of the user, or the e-mail address in their profile.';
  end if;
  return v_ids[1];
end
$$;

comment on function kinkster.find_notion_user(text) is 'The user with this id or e-mail address. Raises PT404 when there is none, PT409 when there are several.';

revoke execute on function kinkster.find_notion_user(text) from public, anon, authenticated, service_role;
grant execute on function kinkster.find_notion_user(text) to kinkster_worker;

-- from supabase/schemas/kinkster/resend_to_notion.sql
-- kinkster notion sync: what failed is due again; with p_all everything is, as if it had been edited.
create or replace function kinkster.resend_to_notion(p_user_id uuid default null, p_all boolean default false)
  returns jsonb
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
declare
  v_user_id uuid;
begin
  if p_user_id is not null and not exists (select from kinkster.notion_connections as c where c.user_id = p_user_id) then
    raise sqlstate 'PT404' using
      message = 'This user is not connected to Notion.',
      hint = 'Run: kinkster notion connect';
  end if;
  for v_user_id in
    select c.user_id from kinkster.notion_connections as c where p_user_id is null or c.user_id = p_user_id order by c.user_id
  loop
    perform kinkster.retry_notion(v_user_id);
    if p_all then
      update public.kinksters as k
      set revision = k.revision + 1, sync_status = 'pending'
      where k.user_id = v_user_id
        and not k.is_system_kinkster
        and k.sync_status is distinct from 'local_only'
        and kinkster.broken_rule(k) is null;
      -- What can't be written can't be sent either: it says so, instead of being passed over.
      insert into kinkster.notion_attempts as a (kinkster_id, revision, next_attempt_at, error)
      select k.id, k.revision, 'infinity', pg_catalog.format('It breaks a rule that is newer than it: %s. Correct the kinkster.', r.rule)
      from public.kinksters as k
      cross join lateral kinkster.broken_rule(k) as r (rule)
      where k.user_id = v_user_id
        and not k.is_system_kinkster
        and k.sync_status is distinct from 'local_only'
        and r.rule is not null
      on conflict (kinkster_id) do update
      set revision = excluded.revision, next_attempt_at = excluded.next_attempt_at, error = excluded.error;
    end if;
  end loop;
  return pg_catalog.jsonb_build_object(
    'pending',
    (
      select count(*)
      from public.kinksters as k
      join kinkster.notion_connections as c on c.user_id = k.user_id
      where k.sync_status = 'pending' and not k.is_system_kinkster and (p_user_id is null or k.user_id = p_user_id)
    )
  );
end
$$;

comment on function kinkster.resend_to_notion(uuid, boolean) is
  'Makes what failed due again, of one user who is connected to Notion or of all; with p_all every character that is not local_only. Returns how many are pending. Raises PT404 for a user without connection.';

revoke execute on function kinkster.resend_to_notion(uuid, boolean) from public, anon, authenticated, service_role;
grant execute on function kinkster.resend_to_notion(uuid, boolean) to kinkster_worker;

-- from supabase/schemas/kinkster/notion_properties.sql
-- What a database in Notion must have, for kinkster notion setup and for saying what it lacks.
create or replace function kinkster.notion_properties()
  returns jsonb
  language plpgsql
  stable
  security definer
  set search_path = ''
as $$
begin
  return (select pg_catalog.jsonb_object_agg(f.property, f.kind) from kinkster.notion_fields(null) as f);
end
$$;

comment on function kinkster.notion_properties() is 'The properties of a character''s page in Notion and their types.';

revoke execute on function kinkster.notion_properties() from public, anon, authenticated, service_role;
grant execute on function kinkster.notion_properties() to kinkster_worker;

-- from supabase/schemas/kinkster/notion_status.sql
-- How the sync with Notion stands, for the operator: no token, no text of a character.
create or replace function kinkster.notion_status(p_user_id uuid default null)
  returns jsonb
  language plpgsql
  stable
  security definer
  set search_path = ''
as $$
declare
  c_most constant integer := 100;
  v_now timestamptz := kinkster.now();
begin
  return (
    with bot as (
      select c.bot_id, max(c.paused_until) as paused_until, coalesce(bool_or(c.lease_expires_at > v_now), false) as is_claimed
      from kinkster.notion_connections as c
      group by c.bot_id
    ),

    connection as (
      select
        c.*,
        p.email,
        coalesce(kinkster.notion_id(p.notion_kinksters_database_id), c.database_id) as present_database_id,
        bot.paused_until as bot_paused_until,
        bot.is_claimed
      from kinkster.notion_connections as c
      join public.profiles as p on p.id = c.user_id
      join bot on bot.bot_id = c.bot_id
      where p_user_id is null or c.user_id = p_user_id
    ),

    character as (
      select
        k.id,
        k.user_id,
        k.sync_status,
        k.notion_last_synced_at,
        coalesce(
          k.sync_error,
          a.error,
          case k.sync_status when 'conflict' then 'An application of before found it changed in both places. kinkster notion sync --all sends it.' end
        ) as error,
        case
          when a.next_attempt_at = 'infinity' and kinkster.broken_rule(k) is not null then k.sync_status is distinct from 'local_only'
          else coalesce(k.sync_status in ('error', 'conflict'), false)
        end as has_failed,
        greatest(
          a.unclear_since + interval '10 seconds',
          case when a.revision = k.revision then nullif(a.next_attempt_at, 'infinity') end,
          c.bot_paused_until
        ) as next_at
      from connection as c
      join public.kinksters as k on k.user_id = c.user_id and not k.is_system_kinkster
      left join kinkster.notion_attempts as a on a.kinkster_id = k.id
    ),

    counted as (
      select
        c.user_id,
        count(*) filter (where c.sync_status = 'synced' and not c.has_failed) as synced,
        count(*) filter (where c.sync_status = 'pending' and not c.has_failed) as pending,
        count(*) filter (where c.sync_status = 'pending' and not c.has_failed and c.next_at > v_now) as waiting,
        count(*) filter (where c.sync_status = 'pending' and not c.has_failed and c.error is not null) as failing,
        count(*) filter (where c.has_failed) as errors,
        count(*) filter (where c.sync_status = 'local_only') as local_only,
        max(c.notion_last_synced_at) as last_synced_at,
        min(greatest(c.next_at, v_now)) filter (where c.sync_status = 'pending' and not c.has_failed) as next_at
      from character as c
      group by c.user_id
    )

    select jsonb_build_object(
      'connections', (
        select coalesce(
          jsonb_agg(
            jsonb_build_object(
              'user_id', c.user_id,
              'email', c.email,
              'bot_id', c.bot_id,
              'workspace_id', c.workspace_id,
              'database_id', c.present_database_id,
              'data_source_id', c.data_source_id,
              'is_claimed', c.is_claimed,
              'paused_until', case when c.bot_paused_until > v_now then c.bot_paused_until end,
              'error_code', c.error_code,
              'error_message', c.error_message,
              'error_hint', c.error_hint,
              'trouble', c.trouble,
              'synced', coalesce(n.synced, 0),
              'pending', coalesce(n.pending, 0),
              'waiting', case when c.error_code is null then coalesce(n.waiting, 0) else coalesce(n.pending, 0) end,
              'failing', coalesce(n.failing, 0),
              'errors', coalesce(n.errors, 0),
              'local_only', coalesce(n.local_only, 0),
              'last_synced_at', n.last_synced_at,
              'next_in_seconds', case when c.error_code is null then extract(epoch from n.next_at - v_now) end
            )
            order by c.email
          ),
          '[]'
        )
        from connection as c
        left join counted as n on n.user_id = c.user_id
      ),
      'failed', (
        select coalesce(jsonb_agg(to_jsonb(f) order by f.user_id, f.kinkster_id), '[]')
        from (
          select c.id as kinkster_id, c.user_id, c.error as sync_error
          from character as c
          where c.has_failed
          order by c.user_id, c.id
          limit c_most
        ) as f
      ),
      'plain_tokens', (
        select coalesce(jsonb_agg(t.value - 'token'), '[]')
        from jsonb_array_elements(kinkster.plain_notion_tokens()) as t (value)
        where p_user_id is null or t.value ->> 'user_id' = p_user_id::text
      ),
      'unconnected', (
        select count(*)
        from public.profiles as p
        where not kinkster.is_blank(p.notion_kinksters_database_id)
          and (p_user_id is null or p.id = p_user_id)
          and not exists (select from kinkster.notion_connections as c where c.user_id = p.id)
      )
    )
  );
end
$$;

comment on function kinkster.notion_status(uuid) is
  'How the sync with Notion stands, for one user or all: connections, each with its error (somebody is to put it right) and its trouble (it passes), when its pause ends, how many characters are synced, pending, waiting (for a time that is still to come, or for somebody to put the connection right), failing (pending after a failure), in error, and local_only, and next_in_seconds, when the next of the pending may be sent (null when none is, or the connection is stopped); failed, at most 100 characters with their sync_error; plain_tokens, the users whose token lies in profiles in plain text; unconnected, how many have set a database and are not connected.';

revoke execute on function kinkster.notion_status(uuid) from public, anon, authenticated, service_role;
grant execute on function kinkster.notion_status(uuid) to kinkster_worker;
