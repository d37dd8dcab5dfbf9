create type public.app_role as enum ('admin', 'user');
create type public.dynamic_kind as enum ('dominant', 'submissive');
create type public.submission_status as enum ('active', 'paused');

create table public.profiles (
  id uuid primary key references auth.users (id) on delete cascade,
  created_at timestamp with time zone not null default now(),
  updated_at timestamptz not null default now(),
  email character varying(320) not null unique,
  full_name text,
  display_name text,
  avatar_url text,
  system_role public.app_role not null default 'user',
  dynamic_role dynamic_kind,
  partner_id uuid,
  hard_limits text[] default '{}',
  soft_limits text[] default '{}',
  submission_state public.submission_status not null default 'active',
  constraint partner_is_a_profile foreign key (partner_id) references public.profiles (id)
);

alter table public.profiles enable row level security;
create policy "Profiles are viewable by everyone" on public.profiles for select using (true);
create policy "Users can update own profile" on public.profiles for update to authenticated using (auth.uid() = id);
