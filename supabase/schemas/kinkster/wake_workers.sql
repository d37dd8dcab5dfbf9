-- Tells whoever listens that a turn waits. The notice carries nothing, and whoever misses it finds the turn by looking.
create or replace function kinkster.wake_workers(p_sent jsonb)
  returns void
  language plpgsql
  volatile
  security invoker
  set search_path = ''
as $$
begin
  if p_sent ->> 'status' = 'queued' then
    perform pg_catalog.pg_notify('kinkster_turns', '');
  end if;
end
$$;

comment on function kinkster.wake_workers(jsonb) is 'Sends a notice when what store_message returned is a turn that waits.';

revoke execute on function kinkster.wake_workers(jsonb) from public, anon, authenticated, service_role;
grant execute on function kinkster.wake_workers(jsonb) to authenticated, service_role;
