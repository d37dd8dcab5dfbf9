-- Every character that Flowise answered for when a rollout was planned: when it moves, or why it stays. Without a key to
-- kinksters: what became of a character that is deleted stays known.
create table kinkster.rollout_kinksters (
  rollout_id uuid not null references kinkster.rollouts (id) on delete cascade,
  kinkster_id uuid not null,
  position integer not null,
  stage integer constraint kinkster_moves_in_a_stage check (stage between 1 and 3),
  is_simple boolean not null,
  reasons text[] not null,
  turns_30_days bigint not null,
  previous_provider text,
  moved_at timestamptz,
  restored_at timestamptz,
  left_because text,
  primary key (rollout_id, kinkster_id)
);

comment on table kinkster.rollout_kinksters is
  'The characters of a rollout, and those that stay on Flowise. To keep one where it is, set its stage to null, at any time.';
comment on column kinkster.rollout_kinksters.rollout_id is 'The rollout.';
comment on column kinkster.rollout_kinksters.kinkster_id is 'The character.';
comment on column kinkster.rollout_kinksters.position is 'Its place in the order, from 1: who moves first, then who stays.';
comment on column kinkster.rollout_kinksters.stage is 'In which stage its conversations begin to move; null: it stays on Flowise.';
comment on column kinkster.rollout_kinksters.is_simple is 'Whether it counted as simple when this was planned.';
comment on column kinkster.rollout_kinksters.reasons is 'Why it counted as simple, or why it stays, a sentence each.';
comment on column kinkster.rollout_kinksters.turns_30_days is 'Its turns in the 30 days before.';
comment on column kinkster.rollout_kinksters.previous_provider is 'Its own provider before the rollout set it.';
comment on column kinkster.rollout_kinksters.moved_at is 'When the rollout set its own provider, at the end.';
comment on column kinkster.rollout_kinksters.restored_at is 'When a rollback set its own provider back.';
comment on column kinkster.rollout_kinksters.left_because is 'Why its own provider was not set, or not set back.';

revoke all on kinkster.rollout_kinksters from public, anon, authenticated, service_role;
grant select, update (stage) on kinkster.rollout_kinksters to service_role;
