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
