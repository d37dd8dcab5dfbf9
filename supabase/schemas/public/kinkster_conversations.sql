-- One user's chat with one character. Its turns form a tree; the head says which branch is shown and continued.
-- No index holds the head, which each turn changes: by the key there is one row to look at when a turn is deleted.
create table public.kinkster_conversations (
  user_id uuid not null default auth.uid() references public.profiles (id) on delete cascade,
  id uuid not null default gen_random_uuid(),
  kinkster_id uuid not null references public.kinksters (id) on delete cascade,
  state text not null default 'active'
    constraint conversation_state_is_known check (state in ('active', 'paused', 'ended')),
  head_turn_id uuid,
  created_at timestamptz not null default kinkster.now(),
  updated_at timestamptz not null default kinkster.now(),
  rollout_id uuid,
  primary key (user_id, id)
) with (fillfactor = 90);

-- It begins with the kinkster, since only the key is to begin with the user: the way to a single conversation.
create index kinkster_conversations_kinkster_idx on public.kinkster_conversations (kinkster_id, user_id);

comment on table public.kinkster_conversations is
  'A user''s conversations with characters. Insert one (kinkster_id alone is enough) to start anew.';
comment on column public.kinkster_conversations.user_id is 'Whose conversation it is.';
comment on column public.kinkster_conversations.id is 'The conversation.';
comment on column public.kinkster_conversations.kinkster_id is 'The character it is with.';
comment on column public.kinkster_conversations.state is 'active; paused (no turn begins); ended (never continued by default).';
comment on column public.kinkster_conversations.head_turn_id is 'Last turn of the branch that is shown; the next turn''s parent.';
comment on column public.kinkster_conversations.created_at is 'When it was started.';
comment on column public.kinkster_conversations.updated_at is 'When its last turn began.';
comment on column public.kinkster_conversations.rollout_id is 'The rollout that has moved it to another provider than its character''s own, or had; null for none.';

alter table public.kinkster_conversations enable row level security;

create policy "Users see their own conversations" on public.kinkster_conversations
  for select to authenticated using (user_id = (select auth.uid()));
create policy "Users start conversations with kinksters they can see" on public.kinkster_conversations
  for insert to authenticated
  with check (
    user_id = (select auth.uid())
    and exists (
      select 1
      from public.kinksters as k
      where k.id = kinkster_conversations.kinkster_id
    )
  );
create policy "Users steer their own conversations" on public.kinkster_conversations
  for update to authenticated using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));
create policy "Users delete their own conversations" on public.kinkster_conversations
  for delete to authenticated using (user_id = (select auth.uid()));

revoke all on public.kinkster_conversations from public, anon, authenticated, service_role;
grant select, delete on public.kinkster_conversations to authenticated;
grant insert (user_id, id, kinkster_id) on public.kinkster_conversations to authenticated;
grant update (state, head_turn_id, updated_at) on public.kinkster_conversations to authenticated;
-- Going on after a pause is the user's alone to decide.
grant select, insert, delete on public.kinkster_conversations to service_role;
grant update (head_turn_id, updated_at) on public.kinkster_conversations to service_role;

create trigger kinkster_conversations_deleted
  before delete on public.kinkster_conversations
  for each row
  execute function kinkster.take_back_conversation();

comment on trigger kinkster_conversations_deleted on public.kinkster_conversations is
  'Takes the turns of a deleted conversation out of the figures. It is the only one, and not on the path of a turn.';
