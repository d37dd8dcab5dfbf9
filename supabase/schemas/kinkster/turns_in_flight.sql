-- The turns that wait or are being answered: the workers' queue, and, by its key, the rule that a conversation has one at
-- most. They stand apart so that no index of kinkster_turns depends on a turn's status: a turn is written several times,
-- and each time but the first its row alone, no index.
create table kinkster.turns_in_flight (
  user_id uuid not null,
  conversation_id uuid not null,
  turn_id uuid not null,
  constraint one_turn_of_a_conversation_is_in_flight primary key (user_id, conversation_id) include (turn_id),
  constraint turn_in_flight_is_a_turn_of_the_conversation foreign key (user_id, conversation_id, turn_id)
    references public.kinkster_turns (user_id, conversation_id, id) on delete cascade deferrable initially deferred
);

comment on table kinkster.turns_in_flight is
  'One row for each turn that is queued or streaming. Whoever changes such a status changes this with it, after the turn.';
comment on column kinkster.turns_in_flight.user_id is 'Whose turn it is.';
comment on column kinkster.turns_in_flight.conversation_id is 'Its conversation.';
comment on column kinkster.turns_in_flight.turn_id is 'The turn.';

alter table kinkster.turns_in_flight enable row level security;

create policy "Users see their own turns in flight" on kinkster.turns_in_flight
  for select to authenticated using (user_id = (select auth.uid()));

revoke all on kinkster.turns_in_flight from public, anon, authenticated, service_role;
grant select on kinkster.turns_in_flight to authenticated, service_role;
