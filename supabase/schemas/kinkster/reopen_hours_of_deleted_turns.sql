-- Runs after turns were deleted, alone or with their conversation, character or user. No turn's own path deletes.
create or replace function kinkster.reopen_hours_of_deleted_turns()
  returns trigger
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
begin
  perform kinkster.reopen_hour(d.hour)
  from (
    select distinct pg_catalog.date_trunc('hour', g.created_at, 'UTC') as hour
    from gone as g
    order by 1
  ) as d;
  return null;
end
$$;

comment on function kinkster.reopen_hours_of_deleted_turns() is
  'Trigger function: kinkster.reopen_hour for each hour of the deleted turns.';

revoke execute on function kinkster.reopen_hours_of_deleted_turns() from public, anon, authenticated, service_role;
