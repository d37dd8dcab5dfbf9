-- One row per user: who they are, what must never happen to them, and whether they chat at all.
create type public.system_role as enum ('admin', 'user');
create type public.dynamic_role as enum ('dominant', 'submissive', 'switch');
create type public.submission_state as enum ('active', 'low_energy', 'paused');

create table public.profiles (
  id uuid primary key references auth.users (id) on delete cascade,
  created_at timestamptz default now(),
  updated_at timestamptz default now(),
  email text not null unique,
  full_name text,
  display_name text,
  avatar_url text,
  system_role public.system_role not null default 'user',
  dynamic_role public.dynamic_role,
  partner_id uuid,
  hard_limits text[] default '{}',
  soft_limits text[] default '{}',
  submission_state public.submission_state not null default 'active',
  notion_kinksters_database_id text,
  notion_workspace_id text,
  safewords text[] not null default '{safeword}',
  constraint limits_are_at_most_20000_characters check (char_length(concat_ws(' ', hard_limits, soft_limits)) <= 20000),
  constraint safewords_can_be_said check (kinkster.are_safewords(safewords))
);

comment on table public.profiles is 'One row per user of auth.users. Each user sees and edits their own.';
comment on column public.profiles.id is 'The user, as in auth.users.';
comment on column public.profiles.created_at is 'When the profile was made.';
comment on column public.profiles.updated_at is 'When the profile was last edited; the application sets it.';
comment on column public.profiles.email is 'The user''s address, as it signs in.';
comment on column public.profiles.full_name is 'Full name, if given.';
comment on column public.profiles.display_name is 'Name shown to others, if given.';
comment on column public.profiles.avatar_url is 'Address of the user''s picture.';
comment on column public.profiles.system_role is 'Rights within the application: admin or user. No client may change it.';
comment on column public.profiles.dynamic_role is 'The role the user prefers.';
comment on column public.profiles.partner_id is 'Another user, if they are linked.';
comment on column public.profiles.hard_limits is 'What must never happen to this user, in any chat, with any character.';
comment on column public.profiles.soft_limits is 'What this user wants approached with care.';
comment on column public.profiles.submission_state is 'active, low_energy or paused. Nobody can be chatted with while it is paused.';
comment on column public.profiles.notion_kinksters_database_id is 'The Notion database that this user''s characters go to.';
comment on column public.profiles.notion_workspace_id is 'The Notion workspace of that database.';
comment on column public.profiles.safewords is 'Words of which each, said in any chat as a whole word, stops it: at most 20 of 100 characters. Nothing said in a chat changes them.';

alter table public.profiles enable row level security;

create policy "Users read their own profile" on public.profiles
  for select to authenticated using (id = (select auth.uid()));
create policy "Users create their own profile" on public.profiles
  for insert to authenticated
  with check (id = (select auth.uid()) and lower(email) = lower((select auth.jwt()) ->> 'email'));
create policy "Users edit their own profile" on public.profiles
  for update to authenticated using (id = (select auth.uid())) with check (id = (select auth.uid()));

revoke all on public.profiles from public, anon, authenticated, service_role;
grant select on public.profiles to authenticated;
grant insert (
  id, email, full_name, display_name, avatar_url, dynamic_role, hard_limits, soft_limits, submission_state, safewords
) on public.profiles to authenticated;
grant update (
  updated_at, full_name, display_name, avatar_url, dynamic_role, hard_limits, soft_limits, submission_state,
  notion_kinksters_database_id, notion_workspace_id, safewords
) on public.profiles to authenticated;
grant select, insert, update, delete on public.profiles to service_role;
