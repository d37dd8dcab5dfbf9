-- What users think of replies: a row of its own for each, since nobody may write in a turn that has ended.
create table public.kinkster_ratings (
  user_id uuid not null default auth.uid(),
  turn_id uuid not null,
  rating integer not null,
  note text,
  rated_at timestamptz not null default kinkster.now(),
  primary key (user_id, turn_id),
  constraint rating_is_of_a_turn foreign key (user_id, turn_id)
    references public.kinkster_turns (user_id, id) on delete cascade,
  constraint rating_is_1_or_minus_1 check (rating in (1, -1)),
  constraint note_is_not_blank check (note is null or not kinkster.is_blank(note)),
  constraint note_is_at_most_2000_characters check (char_length(note) <= 2000)
);

comment on table public.kinkster_ratings is
  'One row per reply that its user has rated with rate_kinkster_reply.';
comment on column public.kinkster_ratings.user_id is 'Whose turn it is.';
comment on column public.kinkster_ratings.turn_id is 'The turn whose reply is rated.';
comment on column public.kinkster_ratings.rating is '1 for a good reply, -1 for a bad one.';
comment on column public.kinkster_ratings.note is 'What the user says of it: at most 2,000 characters; null for nothing.';
comment on column public.kinkster_ratings.rated_at is 'When it was rated last.';

alter table public.kinkster_ratings enable row level security;

create policy "Users see their own ratings" on public.kinkster_ratings
  for select to authenticated using (user_id = (select auth.uid()));
create policy "Users rate for themselves" on public.kinkster_ratings
  for insert to authenticated with check (user_id = (select auth.uid()));
create policy "Users change their own ratings" on public.kinkster_ratings
  for update to authenticated using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));
create policy "Users take their own ratings back" on public.kinkster_ratings
  for delete to authenticated using (user_id = (select auth.uid()));

revoke all on public.kinkster_ratings from public, anon, authenticated, service_role;
grant select, delete on public.kinkster_ratings to authenticated;
grant insert (user_id, turn_id, rating, note), update (rating, note, rated_at) on public.kinkster_ratings to authenticated;
grant select, insert, update, delete on public.kinkster_ratings to service_role;

create trigger kinkster_ratings_changed
  after insert or update or delete on public.kinkster_ratings
  for each row
  execute function kinkster.count_rating();

comment on trigger kinkster_ratings_changed on public.kinkster_ratings is
  'Counts the rating in the figures.';
