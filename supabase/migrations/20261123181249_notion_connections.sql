-- Never wait long for a lock: better to fail here, with nothing changed, and be run again.
set local lock_timeout = '400ms';

-- from supabase/schemas/kinkster/notion_connections.sql (sha256 88730741a9f5e46a1bd231efc38c1105193cc975387436c67b7422e2e866ec21)
-- A user's token for Notion, sealed by the worker, and who uses it now. Notion allows so many requests a second per
-- connection, so one worker at a time uses one; tokens of one bot are one connection.
create table kinkster.notion_connections (
  user_id uuid primary key references public.profiles (id) on delete cascade,
  sealed_token text not null,
  bot_id text not null,
  workspace_id text,
  database_id text,
  data_source_id text,
  worker text,
  lease uuid,
  lease_expires_at timestamptz,
  claimed_at timestamptz,
  paused_until timestamptz,
  failures integer not null default 0 constraint failures_are_not_negative check (failures >= 0),
  error_code text,
  error_message text,
  error_hint text,
  trouble text,
  connected_at timestamptz not null default kinkster.now()
);

create index notion_connections_bot_id_idx on kinkster.notion_connections (bot_id);

comment on table kinkster.notion_connections is 'One row per user who is connected to Notion. No role may read it: the worker''s functions do.';
comment on column kinkster.notion_connections.user_id is 'The user.';
comment on column kinkster.notion_connections.sealed_token is 'The token, encrypted by a worker with a key that only workers have.';
comment on column kinkster.notion_connections.bot_id is 'The bot that Notion takes the token for.';
comment on column kinkster.notion_connections.workspace_id is 'The workspace that the token is for.';
comment on column kinkster.notion_connections.database_id is 'The database that data_source_id is of.';
comment on column kinkster.notion_connections.data_source_id is 'The data source that new pages go to; null until a worker has found it.';
comment on column kinkster.notion_connections.worker is 'The worker that has it, or had it last.';
comment on column kinkster.notion_connections.lease is 'Of the worker that has it; null when none does.';
comment on column kinkster.notion_connections.lease_expires_at is 'When others may take it.';
comment on column kinkster.notion_connections.claimed_at is 'When it was last claimed: whoever waited longest is next.';
comment on column kinkster.notion_connections.paused_until is 'No request before that.';
comment on column kinkster.notion_connections.failures is 'Failures in a row, since Notion last answered as it should.';
comment on column kinkster.notion_connections.error_code is 'Why nothing is sent until somebody has done something; null when all is well.';
comment on column kinkster.notion_connections.error_message is 'The same as a sentence.';
comment on column kinkster.notion_connections.error_hint is 'What to do.';
comment on column kinkster.notion_connections.trouble is 'The last failure of the kind that passes, as a sentence; null since something was sent.';
comment on column kinkster.notion_connections.connected_at is 'When the token was given.';

revoke all on kinkster.notion_connections from public, anon, authenticated, service_role;
