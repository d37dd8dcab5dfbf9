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
