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
