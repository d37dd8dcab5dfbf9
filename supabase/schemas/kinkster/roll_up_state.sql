-- How far turns are added up.
create table kinkster.roll_up_state (
  only_row boolean primary key default true constraint roll_up_state_is_one_row check (only_row),
  rolled_until timestamptz not null default '-infinity',
  safe_until timestamptz not null default '-infinity',
  noted_at timestamptz,
  noted_xid xid8,
  rolled_at timestamptz
);

comment on table kinkster.roll_up_state is
  'How far kinkster.roll_up_turns has come: exactly one row. Whoever writes in turns of the past by hand, as their owner, sets rolled_until to -infinity afterwards: all is added up again.';
comment on column kinkster.roll_up_state.only_row is 'Always true: it keeps the table at one row.';
comment on column kinkster.roll_up_state.rolled_until is 'Turns of before this are in daily_sums, but for open_turns; all others are read themselves.';
comment on column kinkster.roll_up_state.safe_until is 'No turn of before this can be added any more.';
comment on column kinkster.roll_up_state.noted_at is 'A moment before which all turns are there once the transactions of then are over.';
comment on column kinkster.roll_up_state.noted_xid is 'Transactions before this one ran, or were over, at that moment.';
comment on column kinkster.roll_up_state.rolled_at is 'When kinkster.roll_up_turns last ran.';

insert into kinkster.roll_up_state default values on conflict do nothing;

revoke all on kinkster.roll_up_state from public, anon, authenticated, service_role;
grant select on kinkster.roll_up_state to service_role;
