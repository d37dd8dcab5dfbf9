-- What a Supabase database has, the project uses, and a plain Postgres lacks. Roles belong to the whole cluster, hence
-- "if not exists" by way of exceptions: two databases may be prepared at once.
-- The functions of auth read the request's claims as Supabase's own do:
-- https://github.com/supabase/postgres/blob/develop/migrations/db/init-scripts/00000000000001-auth-schema.sql

do $$
declare
  v_role text;
begin
  foreach v_role in array array[
    'anon nologin noinherit',
    'authenticated nologin noinherit',
    'service_role nologin noinherit bypassrls',
    'authenticator login noinherit',
    'supabase_admin nologin'
  ] loop
    begin
      execute 'create role ' || v_role;
    exception
      when duplicate_object or unique_violation then null;
    end;
  end loop;
  begin
    grant anon, authenticated, service_role to authenticator;
  exception
    when unique_violation then null;
    when internal_error then null; -- "tuple concurrently updated"
  end;
end
$$;

-- `supabase db reset` drops the schemas that supabase_admin does not own.
create schema if not exists auth authorization supabase_admin;
create schema if not exists extensions authorization supabase_admin;

grant usage on schema public, auth, extensions to anon, authenticated, service_role;

create table if not exists auth.users (
  id uuid primary key default gen_random_uuid(),
  aud text,
  role text,
  email text,
  raw_app_meta_data jsonb,
  raw_user_meta_data jsonb,
  is_anonymous boolean not null default false,
  created_at timestamptz default now(),
  updated_at timestamptz default now()
);

alter table auth.users owner to supabase_admin;

create or replace function auth.uid()
  returns uuid
  language sql
  stable
as $$
  select coalesce(
    nullif(current_setting('request.jwt.claim.sub', true), ''),
    (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')
  )::uuid
$$;

create or replace function auth.role()
  returns text
  language sql
  stable
as $$
  select coalesce(
    nullif(current_setting('request.jwt.claim.role', true), ''),
    (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'role')
  )::text
$$;

create or replace function auth.email()
  returns text
  language sql
  stable
as $$
  select coalesce(
    nullif(current_setting('request.jwt.claim.email', true), ''),
    (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'email')
  )::text
$$;

create or replace function auth.jwt()
  returns jsonb
  language sql
  stable
as $$
  select coalesce(
    nullif(current_setting('request.jwt.claim', true), ''),
    nullif(current_setting('request.jwt.claims', true), '')
  )::jsonb
$$;
