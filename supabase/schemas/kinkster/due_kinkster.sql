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
