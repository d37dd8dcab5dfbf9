-- Hours whose sums do not hold, though those around them do: a turn of theirs is in flight, or was changed since. Several rows
-- may say so of one hour: nobody who changes a turn waits for somebody else who does.
create table kinkster.open_hours (
  id bigint generated always as identity primary key,
  hour timestamptz not null
);

create index open_hours_hour_idx on kinkster.open_hours (hour);

comment on table kinkster.open_hours is
  'Hours before roll_up_state.rolled_until that are read from the turns until kinkster.roll_up_turns has added them up again.';
comment on column kinkster.open_hours.id is 'A number of its own.';
comment on column kinkster.open_hours.hour is 'Beginning of the hour.';

revoke all on kinkster.open_hours from public, anon, authenticated, service_role;
grant select on kinkster.open_hours to service_role;
