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
