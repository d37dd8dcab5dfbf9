create table public.conversations (
  id uuid primary key default gen_random_uuid(),
  user_id uuid references public.profiles (id),
  title text,
  updated_at timestamptz default now()
);
create table public.messages (
  id bigserial primary key,
  conversation_id uuid not null references public.conversations (id) on delete cascade,
  content text not null,
  draft boolean
);
create unique index conversations_title_idx on public.conversations (user_id, lower(title)) where title is not null;
create view public.latest_messages as select distinct on (conversation_id) * from public.messages order by conversation_id, id desc;
comment on table public.messages is 'What was said.';
grant select on public.messages to authenticated;
