-- What the operator decides for everyone: one row, changed with a plain update.
create table kinkster.settings (
  only_row boolean primary key default true constraint settings_is_one_row check (only_row),
  clock_offset interval not null default '0',
  platform_hard_limits text[] not null default array[
    'anyone under 18, in any form',
    'real people who have not agreed to it',
    'instructions for harming oneself or others'
  ] constraint platform_hard_limits_are_not_empty check (
    not kinkster.is_blank(array_to_string(platform_hard_limits, ''))
  ),
  default_flowise_chatflow_id text
    constraint default_chatflow_is_path_safe check (default_flowise_chatflow_id ~ '^[A-Za-z0-9_-]{1,100}$'),
  has_default_flowise_chatflow boolean not null
    generated always as (default_flowise_chatflow_id is not null) stored,
  default_openai_model text not null default 'gpt-4o-mini'
    constraint default_model_is_a_model_name check (default_openai_model ~ '^[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}$'),
  context_turns integer not null default 40
    constraint context_turns_are_bounded check (context_turns between 1 and 400),
  context_characters integer not null default 120000
    constraint context_characters_are_bounded check (context_characters between 1000 and 2000000),
  lease interval not null default '60 seconds'
    constraint lease_is_positive check (lease > '0'),
  max_attempts integer not null default 3
    constraint max_attempts_are_bounded check (max_attempts between 1 and 20),
  reroute_while_down boolean not null default false,
  notion_interval interval not null default '0.35 seconds'
    constraint notion_interval_is_positive check (notion_interval > '0'),
  flowise_monthly_cost_usd numeric
    constraint flowise_monthly_cost_is_not_negative check (flowise_monthly_cost_usd >= 0)
);

comment on table kinkster.settings is
  'The operator''s settings: exactly one row. Holds no secrets; change it with a plain update.';
comment on column kinkster.settings.only_row is 'Always true: it keeps the table at one row.';
comment on column kinkster.settings.clock_offset is 'Added to the real time by kinkster.now(); tests move the clock with it. 0 in production.';
comment on column kinkster.settings.platform_hard_limits is 'What must never happen, for every user and every character; first in each list of hard limits.';
comment on column kinkster.settings.default_flowise_chatflow_id is 'Chatflow of the Flowise characters that name none; null when there is none.';
comment on column kinkster.settings.has_default_flowise_chatflow is 'Whether there is a default chatflow; what users may know of it.';
comment on column kinkster.settings.default_openai_model is 'Model of the Responses characters that name none.';
comment on column kinkster.settings.context_turns is 'At most this many earlier turns are sent when a context is rebuilt from the transcript.';
comment on column kinkster.settings.context_characters is 'At most this many characters of earlier turns are sent when a context is rebuilt.';
comment on column kinkster.settings.lease is 'How long a worker keeps a turn without a checkpoint before others may take it.';
comment on column kinkster.settings.max_attempts is 'How often workers may claim one turn before it fails.';
comment on column kinkster.settings.reroute_while_down is 'Whether turns go to the other provider while a character''s own is down; set it only when every worker has both.';
comment on column kinkster.settings.notion_interval is 'Time between two requests of one connection to Notion, which allows three a second.';
comment on column kinkster.settings.flowise_monthly_cost_usd is 'What running Flowise costs in a month, in US dollars, whatever is said; null when it is not known.';

insert into kinkster.settings default values on conflict do nothing;

revoke all on kinkster.settings from public, anon, authenticated, service_role;
grant select (
  clock_offset, platform_hard_limits, has_default_flowise_chatflow, default_openai_model
) on kinkster.settings to authenticated;
grant select, update on kinkster.settings to service_role;
