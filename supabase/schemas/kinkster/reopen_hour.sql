-- Whoever changes a turn that has ended calls this in the same transaction, after the change: the hour that the turn counts
-- for is read from the turns until it has been added up again. An hour that cannot have been added up yet needs nothing:
-- roll_up_turns waits for transactions that began before it may.
create or replace function kinkster.reopen_hour(p_created_at timestamptz)
  returns void
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
declare
  v_hour timestamptz := pg_catalog.date_trunc('hour', p_created_at, 'UTC');
begin
  if v_hour + interval '1 hour' > kinkster.now() and v_hour >= (select s.rolled_until from kinkster.roll_up_state as s) then
    return;
  end if;
  perform pg_catalog.pg_advisory_xact_lock_shared(kinkster.hour_lock(v_hour));
  -- Once a transaction. What others have said of this hour may be over before this transaction is.
  insert into kinkster.open_hours (hour)
  select v_hour
  where not exists (
    select from kinkster.open_hours as o where o.hour = v_hour and o.xmin = pg_catalog.pg_current_xact_id()::xid
  );
end
$$;

comment on function kinkster.reopen_hour(timestamptz) is
  'Has the hour of a turn (by its created_at) read from the turns again, since one of them is being changed.';

revoke execute on function kinkster.reopen_hour(timestamptz) from public, anon, authenticated, service_role;
