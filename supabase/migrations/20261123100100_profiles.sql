-- Profiles: made in an empty database, completed where an application has them already.
-- Never wait long for a lock: better to fail here, with nothing changed, and be run again.
set local lock_timeout = '400ms';

do $$
begin
  -- Where profiles exist, so do their types, whatever their names.
  if pg_catalog.to_regclass('public.profiles') is null then
    create type public.system_role as enum ('admin', 'user');
    create type public.dynamic_role as enum ('dominant', 'submissive', 'switch');
    create type public.submission_state as enum ('active', 'low_energy', 'paused');
  end if;
end
$$;

-- from supabase/schemas/public/profiles.sql (sha256 77d5de089c42311b26346cd4269cb9b7af22e08f76584a6019ee2781e19e6ede)
create table if not exists public.profiles (
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
  notion_workspace_id text
);

alter table public.profiles
  add column if not exists created_at timestamptz default now(),
  add column if not exists updated_at timestamptz default now(),
  add column if not exists full_name text,
  add column if not exists display_name text,
  add column if not exists avatar_url text,
  add column if not exists partner_id uuid,
  add column if not exists hard_limits text[] default '{}',
  add column if not exists soft_limits text[] default '{}',
  add column if not exists notion_kinksters_database_id text,
  add column if not exists notion_workspace_id text;

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

alter table public.profiles enable row level security;

drop policy if exists "Users read their own profile" on public.profiles;
create policy "Users read their own profile" on public.profiles
  for select to authenticated using (id = (select auth.uid()));
drop policy if exists "Users create their own profile" on public.profiles;
create policy "Users create their own profile" on public.profiles
  for insert to authenticated with check (id = (select auth.uid()));
drop policy if exists "Users edit their own profile" on public.profiles;
create policy "Users edit their own profile" on public.profiles
  for update to authenticated using (id = (select auth.uid())) with check (id = (select auth.uid()));

-- The application may have columns of its own, which its users may write. They keep that right; what a client may write
-- of the columns named here is granted below, one by one.
do $$
declare
  v_column text;
  v_columns text[];
begin
  select coalesce(pg_catalog.array_agg(a.attname::text), '{}') into v_columns
  from pg_catalog.pg_attribute as a
  where a.attrelid = 'public.profiles'::regclass
    and a.attnum > 0
    and not a.attisdropped
    and pg_catalog.has_column_privilege('authenticated', a.attrelid, a.attnum, 'update')
    and a.attname <> all (array[
      'id', 'created_at', 'updated_at', 'email', 'full_name', 'display_name', 'avatar_url', 'system_role',
      'dynamic_role', 'partner_id', 'hard_limits', 'soft_limits', 'submission_state',
      'notion_kinksters_database_id', 'notion_workspace_id', 'notion_parent_page_id', 'notion_access_token',
      'notion_token_expires_at', 'notion_connected_at'
    ]);
  revoke all on public.profiles from public, anon, authenticated, service_role;
  foreach v_column in array v_columns loop
    execute pg_catalog.format('grant insert (%1$I), update (%1$I) on public.profiles to authenticated', v_column);
  end loop;
end
$$;

grant select on public.profiles to authenticated;
grant insert (
  id, email, full_name, display_name, avatar_url, dynamic_role, hard_limits, soft_limits, submission_state
) on public.profiles to authenticated;
grant update (
  updated_at, email, full_name, display_name, avatar_url, dynamic_role, hard_limits, soft_limits, submission_state,
  notion_kinksters_database_id, notion_workspace_id
) on public.profiles to authenticated;
grant select, insert, update, delete on public.profiles to service_role;
