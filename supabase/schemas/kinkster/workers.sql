-- Which workers there are: each says so every half minute.
create table kinkster.workers (
  name text primary key,
  version text not null,
  seen_at timestamptz not null,
  about jsonb not null
);

comment on table kinkster.workers is 'One row per worker that runs, or stopped without a word less than a day ago.';
comment on column kinkster.workers.name is 'Its name, as kinkster_turns.worker begins.';
comment on column kinkster.workers.version is 'Its version.';
comment on column kinkster.workers.seen_at is 'When it last said that it runs; every half minute.';
comment on column kinkster.workers.about is
  'What it does: address, queue_turns, notion, openai (responses, chat_completions, or null without a key), flowise. No secrets.';

revoke all on kinkster.workers from public, anon, authenticated, service_role;
grant select on kinkster.workers to service_role;
