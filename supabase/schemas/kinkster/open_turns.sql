-- Turns that the sums lack, though they reach beyond them: in flight when the sums came by, asked again or priced since.
create table kinkster.open_turns (
  user_id uuid not null,
  turn_id uuid not null,
  day date not null,
  primary key (user_id, turn_id)
);

create index open_turns_day_idx on kinkster.open_turns (day);

comment on table kinkster.open_turns is
  'Turns of before roll_up_state.rolled_until that are read themselves until kinkster.roll_up_turns adds them up.';
comment on column kinkster.open_turns.user_id is 'Whose turn it is.';
comment on column kinkster.open_turns.turn_id is 'The turn; it may have been deleted.';
comment on column kinkster.open_turns.day is 'The day (UTC) that it counts for.';

revoke all on kinkster.open_turns from public, anon, authenticated, service_role;
grant select on kinkster.open_turns to service_role;
