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
