-- The private schema, its clock and settings, and the rules that the tables are checked by.
-- Never wait long for a lock: better to fail here, with nothing changed, and be run again.
set local lock_timeout = '400ms';

-- The private half of the product: the clock, the settings, the rules that public functions share, and the worker's functions.
-- PostgREST must not expose it.
create schema if not exists kinkster;

comment on schema kinkster is
  'Private: clock, settings, shared rules and the worker''s functions. Never exposed through PostgREST.';

-- The worker logs in as this role. It has no password until an operator gives it one, no table rights, and inherits
-- nothing from authenticated: it may only become that role, to run a user's SQL as that user.
do $$
begin
  if not exists (select from pg_catalog.pg_roles where rolname = 'kinkster_worker') then
    create role kinkster_worker login noinherit;
  end if;
end
$$;

comment on role kinkster_worker is
  'Login of the kinkster worker: execute on its functions in schema kinkster, and set role authenticated.';

grant authenticated to kinkster_worker;
revoke all on schema kinkster from public, anon, authenticated, service_role;
grant usage on schema kinkster to authenticated, service_role, kinkster_worker;

-- Unicode has spaces and fillers that a C locale does not know. Text made of them alone says nothing.
create or replace function kinkster.trimmed(p_text text)
  returns text
  language plpgsql
  immutable
  strict
  parallel safe
  security invoker
  set search_path = ''
as $$
declare
  c_blank constant text :=
    e' \t\n\x0b\f\r\u0085\u00a0\u00ad\u115f\u1160\u1680\u180e\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008'
    '\u2009\u200a\u200b\u200c\u200d\u200e\u200f\u2028\u2029\u202f\u205f\u2060\u2800\u3000\u3164\ufeff\uffa0';
begin
  return nullif(pg_catalog.btrim(p_text, c_blank), '');
end
$$;

comment on function kinkster.trimmed(text) is
  'A text without white space and invisible characters around it; null when nothing is left.';

revoke execute on function kinkster.trimmed(text) from public, anon, authenticated, service_role;
grant execute on function kinkster.trimmed(text) to authenticated, service_role;

-- Whether a text says nothing.
create or replace function kinkster.is_blank(p_text text)
  returns boolean
  language plpgsql
  immutable
  parallel safe
  security invoker
  set search_path = ''
as $$
begin
  return kinkster.trimmed(p_text) is null;
end
$$;

comment on function kinkster.is_blank(text) is
  'True for null, the empty text, and text of white space and invisible characters alone.';

revoke execute on function kinkster.is_blank(text) from public, anon, authenticated, service_role;
grant execute on function kinkster.is_blank(text) to authenticated, service_role;

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
    constraint lease_is_positive check (lease > '0')
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

insert into kinkster.settings default values on conflict do nothing;

revoke all on kinkster.settings from public, anon, authenticated, service_role;
grant select (
  clock_offset, platform_hard_limits, has_default_flowise_chatflow, default_openai_model
) on kinkster.settings to authenticated;
grant select, update on kinkster.settings to service_role;

-- The product's only clock. Functions with a pinned search_path do not see a faked now(), so tests move this one.
create or replace function kinkster.now()
  returns timestamptz
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
begin
  return pg_catalog.clock_timestamp() + (select s.clock_offset from kinkster.settings as s);
end
$$;

comment on function kinkster.now() is
  'Current time, moved by kinkster.settings.clock_offset. Every rule about time asks this function.';

revoke execute on function kinkster.now() from public, anon, authenticated, service_role;
grant execute on function kinkster.now() to authenticated, service_role;

-- Characters are adults. What is not plainly 18 or over is refused, so this lists what is plain instead of guessing at
-- what is not: '16 year', '16-25', 'young adult', 'about 18' and '20 months' all fail.
create or replace function kinkster.is_adult_age(p_age_range text)
  returns boolean
  language plpgsql
  immutable
  parallel safe
  security invoker
  set search_path = ''
as $$
declare
  c_age constant text := $re$(1[89]|[2-9][0-9]|[1-9][0-9]{2,6})('?s)?$re$;
  c_unit constant text := $re$( ?(years|year|yrs|y/o|yo)( ?-?old| of age)?)?$re$;
  v_age text := pg_catalog.translate(
    pg_catalog.lower(pg_catalog.normalize(p_age_range, 'nfkc')), '‐‒–—−’', '-----'''
  );
begin
  v_age := pg_catalog.btrim(pg_catalog.regexp_replace(v_age, '\s+', ' ', 'g'));
  return v_age ~ ('^((early|mid|late|over|at least)[ -])?' || c_age || '( ?(-|to|or) ?' || c_age || ')?' || c_unit
      || '( ?\+| (or|and) (over|older|above|up))?$')
    or v_age ~ '^(about|around|~) ?[2-9][0-9](''?s)?( years)?( old)?$'
    or v_age ~ '^((in )?(his|her|their) )?((early|mid|late)[ -])?(twenties|thirties|forties|fifties|sixties|seventies|eighties|nineties)$'
    or v_age ~ '^((ageless|timeless|immortal|mature|middle-aged|older|elderly|grown|fully grown) )?adult$'
    or v_age ~ '^(middle-aged|elderly)$';
end
$$;

comment on function kinkster.is_adult_age(text) is
  'True when a character''s age_range plainly says 18 or over (''25-30'', ''30s'', ''ageless adult''); false for anything else; null for null.';

revoke execute on function kinkster.is_adult_age(text) from public, anon, authenticated, service_role;
grant execute on function kinkster.is_adult_age(text) to authenticated, service_role;

-- An edit of a character leaves three traces: when, that Notion has not seen it, and, when its provider changed, that
-- the provider's chain of responses has ended. It fires on no statement of a turn's path: see the trigger's condition.
create or replace function kinkster.touch_kinkster()
  returns trigger
  language plpgsql
  security invoker
  set search_path = ''
as $$
declare
  -- What Notion does not show.
  c_unshown constant text[] := array[
    'provider', 'provider_changed_at', 'openai_model', 'openai_instructions', 'openai_previous_response_id',
    'flowise_chatflow_id', 'notion_page_id', 'notion_database_id', 'master_notion_page_id', 'notion_last_synced_at',
    'sync_status', 'sync_error', 'last_local_update', 'last_notion_update', 'updated_at', 'created_at'
  ];
begin
  if new.provider is distinct from old.provider then
    new.provider_changed_at := kinkster.now();
    new.openai_previous_response_id := null;
  end if;
  if pg_catalog.to_jsonb(new) - c_unshown is distinct from pg_catalog.to_jsonb(old) - c_unshown then
    new.last_local_update := pg_catalog.now();
    if new.sync_status is distinct from 'local_only' then
      new.sync_status := 'pending';
    end if;
  end if;
  new.updated_at := pg_catalog.now();
  return new;
end
$$;

comment on function kinkster.touch_kinkster() is
  'Trigger: an edit sets updated_at, makes what Notion shows pending, and a change of provider ends the chain of response ids.';

revoke execute on function kinkster.touch_kinkster() from public, anon, authenticated, service_role;
