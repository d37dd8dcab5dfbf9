-- Never wait long for a lock: better to fail here, with nothing changed, and be run again.
set local lock_timeout = '400ms';

-- from supabase/schemas/kinkster/notion_attempts.sql (sha256 6fec0b8b3d4dc6f436f614c0007e85adb89a18a5c61a7fd0a3045b9220a87b85)
-- What is to be remembered of a character that did not arrive in Notion yet. Most have no row.
create table kinkster.notion_attempts (
  kinkster_id uuid primary key references public.kinksters (id) on delete cascade,
  revision bigint not null,
  attempts integer not null default 0 constraint attempts_are_not_negative check (attempts >= 0),
  next_attempt_at timestamptz,
  unclear_since timestamptz,
  error text
);

comment on table kinkster.notion_attempts is 'One row per character that is being sent to Notion, or that did not arrive.';
comment on column kinkster.notion_attempts.kinkster_id is 'The character.';
comment on column kinkster.notion_attempts.revision is 'The revision that was tried; a newer one need not wait.';
comment on column kinkster.notion_attempts.attempts is 'How often it failed since it last arrived.';
comment on column kinkster.notion_attempts.next_attempt_at is 'No attempt at the same revision before that; null: none is awaited.';
comment on column kinkster.notion_attempts.unclear_since is 'Since then there may be a page of which nobody has heard: it is looked for before one is created.';
comment on column kinkster.notion_attempts.error is 'Why the last attempt failed.';

revoke all on kinkster.notion_attempts from public, anon, authenticated, service_role;
