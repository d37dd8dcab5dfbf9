-- Moving characters from Flowise to the Responses API in phases: 1, one or two of them; 2, up to ten; 3, all simple ones by
-- share; 4, their own provider is being set. Written by the rollout's functions; its guardrails are an operator's to change.
create table kinkster.rollouts (
  id uuid primary key default gen_random_uuid(),
  state text not null default 'planned'
    constraint rollout_state_is_known check (state in ('planned', 'running', 'paused', 'completed', 'rolled_back')),
  stage integer not null default 0 constraint rollout_stage_is_known check (stage between 0 and 4),
  share integer not null default 0 constraint rollout_share_is_a_percentage check (share between 0 and 100),
  created_at timestamptz not null default kinkster.now(),
  started_at timestamptz,
  stage_started_at timestamptz,
  measured_since timestamptz,
  ended_at timestamptz,
  checked_at timestamptz,
  paused_because text,
  min_turns integer not null default 30 constraint min_turns_are_positive check (min_turns > 0),
  min_ratings integer not null default 10 constraint min_ratings_are_positive check (min_ratings > 0),
  error_rate_points numeric not null default 0.05
    constraint error_rate_points_are_a_share check (error_rate_points between 0 and 1),
  p95_ratio numeric not null default 1.5 constraint p95_ratio_is_positive check (p95_ratio > 0),
  cost_ratio numeric not null default 1.5 constraint cost_ratio_is_positive check (cost_ratio > 0),
  good_share_points numeric not null default 0.15
    constraint good_share_points_are_a_share check (good_share_points between 0 and 1)
);

-- Of those that are not over there is one at most.
create unique index one_rollout_at_a_time on kinkster.rollouts ((true)) where state in ('planned', 'running', 'paused');

comment on table kinkster.rollouts is
  'Moves of characters from Flowise to the Responses API in phases. Its guardrails (min_turns to good_share_points) can be changed with a plain update at any time.';
comment on column kinkster.rollouts.id is 'The rollout.';
comment on column kinkster.rollouts.state is 'planned; running; paused (nobody new moves, who moved stays); completed (the characters'' own provider is set); rolled_back (all go back with their next turn).';
comment on column kinkster.rollouts.stage is '0: not begun; 1: one or two characters; 2: up to ten; 3: all simple ones, by share; 4: their own provider is being set.';
comment on column kinkster.rollouts.share is 'Of the conversations of the present stage''s characters, how many in a hundred move.';
comment on column kinkster.rollouts.created_at is 'When it was planned.';
comment on column kinkster.rollouts.started_at is 'When it was started.';
comment on column kinkster.rollouts.stage_started_at is 'When its stage or share last changed.';
comment on column kinkster.rollouts.measured_since is 'From when on turns count for the guardrails: the last step, or the last time that it went on after a pause.';
comment on column kinkster.rollouts.ended_at is 'When it was completed, or everything was back as it was.';
comment on column kinkster.rollouts.checked_at is 'When a worker last checked the guardrails.';
comment on column kinkster.rollouts.paused_because is 'Why it is paused.';
comment on column kinkster.rollouts.min_turns is 'Guardrail: turns that each side must have before they are compared.';
comment on column kinkster.rollouts.min_ratings is 'Guardrail: ratings that each side must have before they are compared.';
comment on column kinkster.rollouts.error_rate_points is 'Guardrail: by how much the error rate may be above Flowise''s (0.05: five in a hundred turns more).';
comment on column kinkster.rollouts.p95_ratio is 'Guardrail: how many times Flowise''s the p95 of the time to the first text may be.';
comment on column kinkster.rollouts.cost_ratio is 'Guardrail: how many times Flowise''s the cost of a message may be.';
comment on column kinkster.rollouts.good_share_points is 'Guardrail: by how much the share of good ratings may be below Flowise''s.';

revoke all on kinkster.rollouts from public, anon, authenticated, service_role;
grant select on kinkster.rollouts to service_role;
grant update (min_turns, min_ratings, error_rate_points, p95_ratio, cost_ratio, good_share_points)
  on kinkster.rollouts to service_role;
