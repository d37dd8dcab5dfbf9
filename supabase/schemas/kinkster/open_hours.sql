-- Hours whose sums do not hold, though those around them do: a turn of theirs is in flight, or was changed since.
create table kinkster.open_hours (
  hour timestamptz primary key
);

comment on table kinkster.open_hours is
  'Hours before roll_up_state.rolled_until that are read from the turns until kinkster.roll_up_turns has added them up again.';
comment on column kinkster.open_hours.hour is 'Beginning of the hour.';

revoke all on kinkster.open_hours from public, anon, authenticated, service_role;
grant select on kinkster.open_hours to service_role;
