-- Recorded in production, though it never ran there.
create table public.kinkster_gallery (
  id bigint generated always as identity primary key,
  kinkster_id uuid not null references public.kinksters (id) on delete cascade,
  url text not null
);
alter table public.kinkster_gallery enable row level security;
