-- A transaction that looks at the past (repeatable read, serializable) may not see which turns are added up by now: it is told
-- to begin again where that is so, and holds adding up until it ends where it is not.
create or replace function kinkster.hold_sums()
  returns void
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
begin
  if pg_catalog.current_setting('transaction_isolation') <> 'read committed' then
    perform from kinkster.roll_up_state as s for share;
  end if;
end
$$;

comment on function kinkster.hold_sums() is
  'Nothing in a transaction of isolation level read committed. In others raises 40001 when turns were added up since it began.';

revoke execute on function kinkster.hold_sums() from public, anon, authenticated, service_role;
