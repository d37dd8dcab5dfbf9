-- Never wait long for a lock: better to fail here, with nothing changed, and be run again.
set local lock_timeout = '400ms';

-- from supabase/schemas/kinkster/settings.sql (sha256 98ba617451125c44e036a8ea424fa24bc2915c5f2ee5fb1d1ede7a9393cb7e0f)
alter table kinkster.settings
  add column if not exists flowise_monthly_cost_usd numeric
    constraint flowise_monthly_cost_is_not_negative check (flowise_monthly_cost_usd >= 0);
comment on column kinkster.settings.flowise_monthly_cost_usd is 'What running Flowise costs in a month, in US dollars, whatever is said; null when it is not known.';

-- from supabase/schemas/kinkster/models.sql (sha256 852d9f111ff199a2273e57fd4fa5581949ed15046b89198158e03130b79b017a)
-- What is known of models: by which names providers call them, and when they end. `make prices` writes the list that is
-- loaded here (model_list, load_models); what an operator adds or makes their own stays as it is.
create table kinkster.models (
  model text primary key constraint model_is_a_model_name check (model ~ '^[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}$'),
  provider text not null constraint model_provider_is_not_blank check (not kinkster.is_blank(provider)),
  same_as text constraint same_as_is_a_known_model references kinkster.models (model)
    constraint same_as_is_another_model check (same_as <> model),
  covers text not null default 'itself' constraint covers_is_known check (covers in ('itself', 'dates', 'all')),
  shutdown_on date,
  replacement text
    constraint replacement_is_a_model_name check (replacement ~ '^[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}$')
    constraint replacement_is_another_model check (replacement <> model),
  listed boolean not null default false
);

-- Longest first, as find_model reads them.
create index models_that_cover_all_idx on kinkster.models (length(model) desc) where covers = 'all';
create index models_same_as_idx on kinkster.models (same_as);

comment on table kinkster.models is
  'One row per name of a model, as providers take and return it. Add models of your own; to change one of the list, set listed to false with it, or the next list takes the change back.';
comment on column kinkster.models.model is 'The name.';
comment on column kinkster.models.provider is 'Whose model it is, such as openai.';
comment on column kinkster.models.same_as is 'The model that this is another name of: its prices hold, and its end unless this row has its own. Null: a model of its own.';
comment on column kinkster.models.covers is 'Which names it stands for: itself; also those with a date behind it, such as -2026-10-01 (dates); also all that begin with it (all). A row of its own counts first, then a date, then the longest beginning.';
comment on column kinkster.models.shutdown_on is 'From this day on (UTC) the provider does not answer for it; null when no end is known.';
comment on column kinkster.models.replacement is 'The model that turns use from that day on; null: none is known, and the provider refuses.';
comment on column kinkster.models.listed is 'Whether it came with the list, and follows the next one.';

revoke all on kinkster.models from public, anon, authenticated, service_role;
grant select on kinkster.models to authenticated;
grant select, insert, update, delete on kinkster.models to service_role;

-- from supabase/schemas/kinkster/model_prices.sql (sha256 6a267847a73371634faf5f06ed61443a04876cabeb25d323f3ecde220e48266f)
-- What models cost, and since when: prices change in both directions, so each has its day.
create table kinkster.model_prices (
  model text not null references kinkster.models (model) on delete cascade,
  listed boolean not null default false,
  starts_on date not null default '-infinity',
  over_input_tokens bigint not null default 0 constraint over_input_tokens_is_not_negative check (over_input_tokens >= 0),
  input_usd numeric not null constraint input_price_is_not_negative check (input_usd >= 0),
  cached_input_usd numeric constraint cached_input_price_is_not_negative check (cached_input_usd >= 0),
  cache_write_usd numeric constraint cache_write_price_is_not_negative check (cache_write_usd >= 0),
  output_usd numeric not null constraint output_price_is_not_negative check (output_usd >= 0),
  primary key (model, listed, starts_on, over_input_tokens)
);

comment on table kinkster.model_prices is
  'Prices in US dollars per million tokens, each from its day on. An operator''s own price of a model goes before the list''s from its day on. Prices of a model that is another name of one stand under that one.';
comment on column kinkster.model_prices.model is 'The model.';
comment on column kinkster.model_prices.listed is 'Whether it came with the list, and follows the next one; false for an operator''s own.';
comment on column kinkster.model_prices.starts_on is 'The first day (UTC) that it holds; -infinity: always, until another begins.';
comment on column kinkster.model_prices.over_input_tokens is 'It holds for all tokens of a reply whose input is longer than this; 0 for the price that begins with the first token.';
comment on column kinkster.model_prices.input_usd is 'For a million tokens of input that are neither read from the provider''s cache nor written to it.';
comment on column kinkster.model_prices.cached_input_usd is 'For a million tokens read from the cache; null: as other input.';
comment on column kinkster.model_prices.cache_write_usd is 'For a million tokens written to the cache; null: as other input.';
comment on column kinkster.model_prices.output_usd is 'For a million tokens of output, reasoning included.';

revoke all on kinkster.model_prices from public, anon, authenticated, service_role;
grant select, insert, update, delete on kinkster.model_prices to service_role;

-- from supabase/schemas/kinkster/find_model.sql
-- Providers return a name with a date for the one that was asked. The registry says which names are one model: a name
-- that it does not know is no model, however much it looks like one.
create or replace function kinkster.find_model(
  p_name text,
  out model text,
  out shutdown_on date,
  out replacement text
)
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  v_row kinkster.models;
  v_same kinkster.models;
begin
  select m.* into v_row from kinkster.models as m where m.model = p_name;
  if not found and p_name ~ '.-\d{4}-\d{2}-\d{2}$' then
    select m.* into v_row
    from kinkster.models as m
    where m.model = pg_catalog.left(p_name, -11) and m.covers = 'dates';
  end if;
  if not found then
    select m.* into v_row
    from kinkster.models as m
    where m.covers = 'all' and pg_catalog.starts_with(p_name, m.model)
    order by pg_catalog.length(m.model) desc
    limit 1;
  end if;
  if v_row.same_as is not null then
    select m.* into v_same from kinkster.models as m where m.model = v_row.same_as;
  end if;
  model := coalesce(v_row.same_as, v_row.model);
  shutdown_on := coalesce(v_row.shutdown_on, v_same.shutdown_on);
  replacement := coalesce(v_row.replacement, v_same.replacement);
end
$$;

comment on function kinkster.find_model(text) is
  'The model that a name is one of, with its end and what replaces it then: by its row in kinkster.models, else by that of the name before its date, else by the longest that it begins with, where those cover it. Nulls for a name that the registry does not know.';

revoke execute on function kinkster.find_model(text) from public, anon, authenticated, service_role;
grant execute on function kinkster.find_model(text) to authenticated, service_role;

-- from supabase/schemas/kinkster/model_in_force.sql
-- The model that is asked for the one that was chosen: itself until its end, then what the registry says, which may have
-- ended too. Replacements that go round in a circle lead nowhere: the one that was chosen is asked, and refused.
create or replace function kinkster.model_in_force(p_model text, p_at timestamptz)
  returns text
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  c_steps constant integer := 10;
  v_today date := (p_at at time zone 'UTC')::date;
  v_name text := p_model;
  v_found record;
begin
  for v_step in 1..c_steps loop
    v_found := kinkster.find_model(v_name);
    if v_found.replacement is null or v_found.shutdown_on is null or v_found.shutdown_on > v_today then
      return v_name;
    end if;
    v_name := v_found.replacement;
  end loop;
  return p_model;
end
$$;

comment on function kinkster.model_in_force(text, timestamptz) is
  'The model that is asked for a chosen one at a time: the same until its end, then its replacement, or that one''s. An ended model without a replacement stays.';

revoke execute on function kinkster.model_in_force(text, timestamptz) from public, anon, authenticated, service_role;
grant execute on function kinkster.model_in_force(text, timestamptz) to authenticated, service_role;

-- from supabase/schemas/kinkster/model_warning.sql
-- What a user should know of the model that they chose as soon as its end is known, months before.
create or replace function kinkster.model_warning(p_model text)
  returns jsonb
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  v_now timestamptz := kinkster.now();
  v_found record := kinkster.find_model(p_model);
  v_has_ended boolean := v_found.shutdown_on <= (v_now at time zone 'UTC')::date;
  -- Of one that has yet to end, what will be asked on its last day.
  v_next text := kinkster.model_in_force(p_model, greatest(v_now, v_found.shutdown_on::timestamp at time zone 'UTC'));
begin
  if v_found.shutdown_on is null then
    return null;
  end if;
  return pg_catalog.jsonb_build_object(
    'model', p_model,
    'shutdown_on', v_found.shutdown_on,
    'replacement', nullif(v_next, p_model),
    'message', pg_catalog.format(
      case when v_has_ended then 'The model %s ended on %s.' else 'The model %s ends on %s.' end, p_model, v_found.shutdown_on
    ),
    'hint', case
      when v_next = p_model then 'Choose another model; none is known to replace it.'
      when v_has_ended then pg_catalog.format('%s is asked instead. Choose it, or another model.', v_next)
      else pg_catalog.format('From then on %s is asked instead. Choose it, or another model.', v_next)
    end
  );
end
$$;

comment on function kinkster.model_warning(text) is
  'When a model ends or has ended, and what is asked instead: {"model", "shutdown_on", "replacement", "message", "hint"}; replacement is null when none is known. Null for a model whose end is not known.';

revoke execute on function kinkster.model_warning(text) from public, anon, authenticated, service_role;
grant execute on function kinkster.model_warning(text) to authenticated, service_role;

-- from supabase/schemas/kinkster/cost_of.sql
-- What tokens cost, by the price in force at a time. Null is "not known", never nothing: for a model or a price that the
-- registry lacks, for counts that are missing, and for counts that can't be right.
create or replace function kinkster.cost_of(
  p_model text,
  p_at timestamptz,
  p_input_tokens bigint,
  p_cached_tokens bigint,
  p_cache_write_tokens bigint,
  p_output_tokens bigint
)
  returns numeric
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  v_cached bigint := coalesce(p_cached_tokens, 0);
  v_written bigint := coalesce(p_cache_write_tokens, 0);
  v_plain bigint := p_input_tokens - v_cached - v_written;
  v_found record;
  v_price kinkster.model_prices;
begin
  if p_model is null or v_plain is null or p_output_tokens is null
    or least(v_plain, v_cached, v_written, p_output_tokens) < 0 then
    return null;
  end if;
  v_found := kinkster.find_model(p_model);
  select p.* into v_price
  from kinkster.model_prices as p
  where p.model = v_found.model
    and p.starts_on <= (p_at at time zone 'UTC')::date
    and (p.over_input_tokens = 0 or p.over_input_tokens < p_input_tokens)
  order by p.listed, p.starts_on desc, p.over_input_tokens desc
  limit 1;
  return 0.000001 * (
    v_plain * v_price.input_usd
    + v_cached * coalesce(v_price.cached_input_usd, v_price.input_usd)
    + v_written * coalesce(v_price.cache_write_usd, v_price.input_usd)
    + p_output_tokens * v_price.output_usd
  );
end
$$;

comment on function kinkster.cost_of(text, timestamptz, bigint, bigint, bigint, bigint) is
  'US dollars for the tokens of one reply by the price of its day (UTC): p_input_tokens with those read from the cache and written to it, which are null where the provider does not tell them apart; p_output_tokens with reasoning. Null when it is not known: no such model or price, or counts that are missing or contradict each other.';

revoke execute on function kinkster.cost_of(text, timestamptz, bigint, bigint, bigint, bigint)
  from public, anon, authenticated, service_role;
grant execute on function kinkster.cost_of(text, timestamptz, bigint, bigint, bigint, bigint) to service_role;

-- from supabase/schemas/kinkster/load_models.sql
-- Brings the list of models into the tables. What an operator added or made their own (listed is false) stays, and
-- models that the list no longer has stay known, as turns were answered by them.
create or replace function kinkster.load_models()
  returns bigint
  language plpgsql
  volatile
  security invoker
  set search_path = ''
as $$
declare
  v_list jsonb := kinkster.model_list();
  v_names bigint;
begin
  insert into kinkster.models as m (model, provider, same_as, covers, shutdown_on, replacement, listed)
  select l.model, l.provider, l.same_as, coalesce(l.covers, 'itself'), l.shutdown_on, l.replacement, true
  from pg_catalog.jsonb_to_recordset(v_list) as l (
    model text, provider text, same_as text, covers text, shutdown_on date, replacement text
  )
  on conflict (model) do update
  set
    provider = excluded.provider,
    same_as = excluded.same_as,
    covers = excluded.covers,
    shutdown_on = excluded.shutdown_on,
    replacement = excluded.replacement
  where m.listed;

  delete from kinkster.model_prices as p
  using pg_catalog.jsonb_to_recordset(v_list) as l (model text)
  where p.model = l.model and p.listed;
  insert into kinkster.model_prices (
    model, listed, starts_on, over_input_tokens, input_usd, cached_input_usd, cache_write_usd, output_usd
  )
  select
    l.model,
    true,
    coalesce(p.since, '-infinity'),
    coalesce(p."over", 0),
    p.input,
    p.cached_input,
    p.cache_write,
    p.output
  from pg_catalog.jsonb_to_recordset(v_list) as l (model text, prices jsonb)
  cross join lateral pg_catalog.jsonb_to_recordset(l.prices) as p (
    since date, "over" bigint, input numeric, cached_input numeric, cache_write numeric, output numeric
  );

  select count(*) into v_names from kinkster.models as m where m.listed;
  return v_names;
end
$$;

comment on function kinkster.load_models() is
  'Loads kinkster.model_list() into models and model_prices and returns how many names the list has given; what an operator added or changed with listed = false stays. The list runs it whenever a migration brings a new one.';

revoke execute on function kinkster.load_models() from public, anon, authenticated, service_role;

-- from supabase/schemas/kinkster/model_list.sql
-- Written by `make prices` out of genai-prices 0.2.3, not by hand: models, the names that they
-- are called by, when they end, and prices in US dollars per million tokens.
create or replace function kinkster.model_list()
  returns jsonb
  language plpgsql
  immutable
  security invoker
  set search_path = ''
as $$
begin
  return '[
    {"model": "ada", "provider": "openai", "prices": [{"input": 0.4, "output": 0.4}]},
    {"model": "text-ada-001", "provider": "openai", "same_as": "ada"},
    {"model": "babbage", "provider": "openai", "prices": [{"input": 0.5, "output": 0.5}]},
    {"model": "babbage-002", "provider": "openai", "prices": [{"input": 0.4, "output": 0.4}]},
    {"model": "chatgpt-4o-latest", "provider": "openai", "prices": [{"input": 5, "output": 15}]},
    {"model": "chatgpt-image-latest", "provider": "openai", "prices": [{"input": 5, "cached_input": 1.25, "output": 10}]},
    {"model": "codex-mini", "provider": "openai", "prices": [{"input": 1.5, "cached_input": 0.375, "output": 6}]},
    {"model": "codex-mini-latest", "provider": "openai", "same_as": "codex-mini"},
    {"model": "computer-use", "provider": "openai", "covers": "all", "prices": [{"input": 3, "output": 12}]},
    {"model": "curie", "provider": "openai", "prices": [{"input": 2, "output": 2}]},
    {"model": "text-curie-001", "provider": "openai", "same_as": "curie"},
    {"model": "davinci", "provider": "openai", "prices": [{"input": 20, "output": 20}]},
    {"model": "text-davinci-001", "provider": "openai", "same_as": "davinci"},
    {"model": "davinci-002", "provider": "openai", "prices": [{"input": 2, "output": 2}]},
    {"model": "ft:gpt-3.5-turbo-", "provider": "openai", "prices": [{"input": 3, "output": 6}]},
    {"model": "ft:gpt-3.5-turbo", "provider": "openai", "same_as": "ft:gpt-3.5-turbo-", "covers": "all"},
    {"model": "ft:gpt-4o", "provider": "openai", "prices": [{"input": 3.75, "output": 15}]},
    {"model": "ft:gpt-4o-2024-", "provider": "openai", "same_as": "ft:gpt-4o", "covers": "all"},
    {"model": "ft:gpt-4o-mini", "provider": "openai", "prices": [{"input": 0.3, "output": 1.2}]},
    {"model": "ft:gpt-4o-mini-2024-", "provider": "openai", "same_as": "ft:gpt-4o-mini", "covers": "all"},
    {"model": "gpt-3.5-0301", "provider": "openai", "prices": [{"input": 1.5, "output": 2}]},
    {"model": "gpt-3.5-turbo-0301", "provider": "openai", "same_as": "gpt-3.5-0301"},
    {"model": "gpt-3.5-turbo", "provider": "openai", "shutdown_on": "2026-10-23", "replacement": "gpt-5.6-terra", "prices": [
      {"input": 0.5, "output": 1.5}]},
    {"model": "gpt-35-turbo", "provider": "openai", "same_as": "gpt-3.5-turbo"},
    {"model": "gpt-3.5-turbo-0125", "provider": "openai", "same_as": "gpt-3.5-turbo"},
    {"model": "gpt-3.5-turbo-0613", "provider": "openai", "prices": [{"input": 1.5, "output": 2}]},
    {"model": "gpt-3.5-turbo-1106", "provider": "openai", "prices": [{"input": 1, "output": 2}]},
    {"model": "gpt-3.5-turbo-16k", "provider": "openai", "prices": [{"input": 3, "output": 4}]},
    {"model": "gpt-3.5-turbo-16k-0613", "provider": "openai", "same_as": "gpt-3.5-turbo-16k"},
    {"model": "gpt-35-turbo-16k-0613", "provider": "openai", "same_as": "gpt-3.5-turbo-16k"},
    {"model": "gpt-35-turbo-16k", "provider": "openai", "same_as": "gpt-3.5-turbo-16k"},
    {"model": "gpt-3.5-turbo-instruct", "provider": "openai", "covers": "all", "prices": [{"input": 1.5, "output": 2}]},
    {"model": "gpt-3.5-turbo-instruct-0914", "provider": "openai", "same_as": "gpt-3.5-turbo-instruct"},
    {"model": "gpt-4", "provider": "openai", "shutdown_on": "2026-10-23", "replacement": "gpt-5.6-sol", "prices": [
      {"input": 30, "output": 60}]},
    {"model": "gpt-4-0314", "provider": "openai", "same_as": "gpt-4"},
    {"model": "gpt-4-0613", "provider": "openai", "same_as": "gpt-4"},
    {"model": "ft:gpt-4-0", "provider": "openai", "same_as": "gpt-4", "covers": "all"},
    {"model": "gpt-4-32k", "provider": "openai", "prices": [{"input": 60, "output": 120}]},
    {"model": "gpt-4-32k-0314", "provider": "openai", "same_as": "gpt-4-32k"},
    {"model": "gpt-4-32k-0613", "provider": "openai", "same_as": "gpt-4-32k"},
    {"model": "gpt-4-turbo", "provider": "openai", "shutdown_on": "2026-10-23", "replacement": "gpt-5.6-sol", "prices": [
      {"input": 10, "output": 30}]},
    {"model": "gpt-4-turbo-2024-04-09", "provider": "openai", "same_as": "gpt-4-turbo"},
    {"model": "gpt-4-turbo-0125-preview", "provider": "openai", "same_as": "gpt-4-turbo"},
    {"model": "gpt-4-0125-preview", "provider": "openai", "same_as": "gpt-4-turbo"},
    {"model": "gpt-4-1106-preview", "provider": "openai", "same_as": "gpt-4-turbo"},
    {"model": "gpt-4-turbo-preview", "provider": "openai", "same_as": "gpt-4-turbo"},
    {"model": "gpt-4-vision-preview", "provider": "openai", "prices": [{"input": 10, "output": 30}]},
    {"model": "gpt-4-1106-vision-preview", "provider": "openai", "same_as": "gpt-4-vision-preview"},
    {"model": "gpt-4.1", "provider": "openai", "shutdown_on": "2027-01-14", "replacement": "gpt-6-luna", "prices": [
      {"input": 2, "cached_input": 0.5, "output": 8}]},
    {"model": "gpt-4.1-2025-04-14", "provider": "openai", "same_as": "gpt-4.1"},
    {"model": "gpt-4.1-mini", "provider": "openai", "shutdown_on": "2027-01-14", "replacement": "gpt-6-luna", "prices": [
      {"input": 0.4, "cached_input": 0.1, "output": 1.6}]},
    {"model": "gpt-4.1-mini-2025-04-14", "provider": "openai", "same_as": "gpt-4.1-mini"},
    {"model": "gpt-4.1-nano", "provider": "openai", "shutdown_on": "2026-10-23", "replacement": "gpt-5.6-luna", "prices": [
      {"input": 0.1, "cached_input": 0.025, "output": 0.4}]},
    {"model": "gpt-4.1-nano-2025-04-14", "provider": "openai", "same_as": "gpt-4.1-nano"},
    {"model": "gpt-4.5-preview", "provider": "openai", "covers": "all", "prices": [
      {"input": 75, "cached_input": 37.5, "output": 150}]},
    {"model": "gpt-4o", "provider": "openai", "shutdown_on": "2027-01-14", "replacement": "gpt-6-luna", "prices": [
      {"input": 2.5, "cached_input": 1.25, "output": 10}]},
    {"model": "gpt-4o-2024-08-06", "provider": "openai", "same_as": "gpt-4o"},
    {"model": "gpt-4o-2024-11-20", "provider": "openai", "same_as": "gpt-4o"},
    {"model": "gpt-4o-2024-05-13", "provider": "openai", "shutdown_on": "2026-10-23", "replacement": "gpt-5.6-sol", "prices": [
      {"input": 5, "output": 15}]},
    {"model": "gpt-4o-audio-preview", "provider": "openai", "covers": "all", "prices": [{"input": 2.5, "output": 10}]},
    {"model": "gpt-4o-mini", "provider": "openai", "shutdown_on": "2027-01-14", "replacement": "gpt-6-luna", "prices": [
      {"input": 0.15, "cached_input": 0.075, "output": 0.6}]},
    {"model": "gpt-4o-mini-2024-07-18", "provider": "openai", "same_as": "gpt-4o-mini"},
    {"model": "gpt-4o-mini-search-preview", "provider": "openai", "same_as": "gpt-4o-mini"},
    {"model": "gpt-4o-mini-search-preview-2025-03-11", "provider": "openai", "same_as": "gpt-4o-mini"},
    {"model": "gpt-4o-mini-2024-07-18.ft-", "provider": "openai", "covers": "all", "prices": [{"input": 0.3, "output": 1.2}]},
    {"model": "gpt-4o-mini-audio-preview", "provider": "openai", "prices": [{"input": 0.15, "output": 0.6}]},
    {"model": "gpt-4o-mini-audio", "provider": "openai", "same_as": "gpt-4o-mini-audio-preview", "covers": "all"},
    {"model": "gpt-4o-mini-realtime-preview", "provider": "openai", "prices": [
      {"input": 0.6, "cached_input": 0.3, "output": 2.4}]},
    {"model": "gpt-4o-mini-realtime", "provider": "openai", "same_as": "gpt-4o-mini-realtime-preview", "covers": "all"},
    {"model": "gpt-4o-mini-transcribe", "provider": "openai", "prices": [{"input": 1.25, "output": 5}]},
    {"model": "gpt-4o-mini-tts", "provider": "openai", "prices": [{"input": 0.6, "output": 12}]},
    {"model": "gpt-4o-realtime-preview", "provider": "openai", "prices": [{"input": 5, "cached_input": 2.5, "output": 20}]},
    {"model": "gpt-4o-realtime", "provider": "openai", "same_as": "gpt-4o-realtime-preview", "covers": "all"},
    {"model": "gpt-4o-search-preview", "provider": "openai", "prices": [{"input": 2.5, "output": 10}]},
    {"model": "gpt-4o-search-preview-2025-03-11", "provider": "openai", "same_as": "gpt-4o-search-preview"},
    {"model": "gpt-4o-transcribe", "provider": "openai", "prices": [{"input": 2.5, "output": 10}]},
    {"model": "gpt-4o-transcribe-diarize", "provider": "openai", "same_as": "gpt-4o-transcribe"},
    {"model": "gpt-4o:extended", "provider": "openai", "prices": [{"input": 6, "output": 18}]},
    {"model": "gpt-5", "provider": "openai", "shutdown_on": "2026-12-11", "replacement": "gpt-6.1-sol", "prices": [
      {"input": 1.25, "cached_input": 0.125, "output": 10}]},
    {"model": "gpt-5-2025-08-07", "provider": "openai", "same_as": "gpt-5"},
    {"model": "gpt-5-chat", "provider": "openai", "same_as": "gpt-5"},
    {"model": "gpt-5-chat-latest", "provider": "openai", "same_as": "gpt-5"},
    {"model": "gpt-5-codex", "provider": "openai", "same_as": "gpt-5"},
    {"model": "gpt-5-image", "provider": "openai", "prices": [{"input": 10, "cached_input": 1.25, "output": 10}]},
    {"model": "gpt-5-image-mini", "provider": "openai", "prices": [{"input": 2.5, "cached_input": 0.25, "output": 2}]},
    {"model": "gpt-5-mini", "provider": "openai", "shutdown_on": "2026-12-11", "replacement": "gpt-6.1-terra", "prices": [
      {"input": 0.25, "cached_input": 0.025, "output": 2}]},
    {"model": "gpt-5-mini-2025-08-07", "provider": "openai", "same_as": "gpt-5-mini"},
    {"model": "gpt-5-nano", "provider": "openai", "shutdown_on": "2026-12-11", "replacement": "gpt-6-luna", "prices": [
      {"input": 0.05, "cached_input": 0.005, "output": 0.4}]},
    {"model": "gpt-5-nano-", "provider": "openai", "same_as": "gpt-5-nano", "covers": "all"},
    {"model": "gpt-5-pro", "provider": "openai", "shutdown_on": "2026-12-11", "replacement": "gpt-6.1-sol", "prices": [
      {"input": 15, "output": 120}]},
    {"model": "gpt-5-pro-2025-10-06", "provider": "openai", "same_as": "gpt-5-pro"},
    {"model": "gpt-5-search-api", "provider": "openai", "prices": [{"input": 1.25, "cached_input": 0.125, "output": 10}]},
    {"model": "gpt-5.1", "provider": "openai", "shutdown_on": "2027-04-01", "prices": [
      {"input": 1.25, "cached_input": 0.125, "output": 10}]},
    {"model": "gpt-5.1-2025-11-13", "provider": "openai", "same_as": "gpt-5.1"},
    {"model": "gpt-5.1-codex", "provider": "openai", "same_as": "gpt-5.1"},
    {"model": "gpt-5.1-codex-max", "provider": "openai", "same_as": "gpt-5.1"},
    {"model": "gpt-5.1-chat", "provider": "openai", "same_as": "gpt-5.1"},
    {"model": "gpt-5.1-chat-latest", "provider": "openai", "same_as": "gpt-5.1"},
    {"model": "gpt-5-1", "provider": "openai", "same_as": "gpt-5.1"},
    {"model": "gpt-5-1-2025-11-13", "provider": "openai", "same_as": "gpt-5.1"},
    {"model": "gpt-5-1-codex", "provider": "openai", "same_as": "gpt-5.1"},
    {"model": "gpt-5-1-codex-max", "provider": "openai", "same_as": "gpt-5.1"},
    {"model": "gpt-5-1-chat", "provider": "openai", "same_as": "gpt-5.1"},
    {"model": "gpt-5-1-chat-latest", "provider": "openai", "same_as": "gpt-5.1"},
    {"model": "gpt-5.1-codex-mini", "provider": "openai", "prices": [{"input": 0.25, "cached_input": 0.025, "output": 2}]},
    {"model": "gpt-5.1-mini", "provider": "openai", "same_as": "gpt-5.1-codex-mini"},
    {"model": "gpt-5-1-codex-mini", "provider": "openai", "same_as": "gpt-5.1-codex-mini"},
    {"model": "gpt-5-1-mini", "provider": "openai", "same_as": "gpt-5.1-codex-mini"},
    {"model": "gpt-5.2", "provider": "openai", "prices": [{"input": 1.75, "cached_input": 0.175, "output": 14}]},
    {"model": "gpt-5.2-2025-12-11", "provider": "openai", "same_as": "gpt-5.2"},
    {"model": "gpt-5-2", "provider": "openai", "same_as": "gpt-5.2"},
    {"model": "gpt-5-2-2025-12-11", "provider": "openai", "same_as": "gpt-5.2"},
    {"model": "gpt-5.2-chat", "provider": "openai", "same_as": "gpt-5.2"},
    {"model": "gpt-5.2-chat-latest", "provider": "openai", "same_as": "gpt-5.2"},
    {"model": "gpt-5-2-chat", "provider": "openai", "same_as": "gpt-5.2"},
    {"model": "gpt-5-2-chat-latest", "provider": "openai", "same_as": "gpt-5.2"},
    {"model": "gpt-5.2-codex", "provider": "openai", "same_as": "gpt-5.2"},
    {"model": "gpt-5-2-codex", "provider": "openai", "same_as": "gpt-5.2"},
    {"model": "gpt-5.2-pro", "provider": "openai", "prices": [{"input": 21, "output": 168}]},
    {"model": "gpt-5.2-pro-2025-12-11", "provider": "openai", "same_as": "gpt-5.2-pro"},
    {"model": "gpt-5-2-pro-2025-12-11", "provider": "openai", "same_as": "gpt-5.2-pro"},
    {"model": "gpt-5.3", "provider": "openai", "prices": [{"input": 1.75, "cached_input": 0.175, "output": 14}]},
    {"model": "gpt-5-3", "provider": "openai", "same_as": "gpt-5.3"},
    {"model": "gpt-5.3-chat", "provider": "openai", "same_as": "gpt-5.3"},
    {"model": "gpt-5.3-chat-latest", "provider": "openai", "same_as": "gpt-5.3"},
    {"model": "gpt-5-3-chat", "provider": "openai", "same_as": "gpt-5.3"},
    {"model": "gpt-5-3-chat-latest", "provider": "openai", "same_as": "gpt-5.3"},
    {"model": "gpt-5.3-codex", "provider": "openai", "prices": [{"input": 1.75, "cached_input": 0.175, "output": 14}]},
    {"model": "gpt-5-3-codex", "provider": "openai", "same_as": "gpt-5.3-codex"},
    {"model": "gpt-5.4", "provider": "openai", "prices": [
      {"input": 2.5, "cached_input": 0.25, "output": 15},
      {"over": 272000, "input": 5, "cached_input": 0.5, "output": 22.5}]},
    {"model": "gpt-5.4-2026-03-05", "provider": "openai", "same_as": "gpt-5.4"},
    {"model": "gpt-5-4", "provider": "openai", "same_as": "gpt-5.4"},
    {"model": "gpt-5-4-2026-03-05", "provider": "openai", "same_as": "gpt-5.4"},
    {"model": "gpt-5.4-image-2", "provider": "openai", "prices": [{"input": 8, "cached_input": 2, "output": 15}]},
    {"model": "gpt-5.4-mini", "provider": "openai", "prices": [{"input": 0.75, "cached_input": 0.075, "output": 4.5}]},
    {"model": "gpt-5.4-mini-2026-03-17", "provider": "openai", "same_as": "gpt-5.4-mini"},
    {"model": "gpt-5-4-mini", "provider": "openai", "same_as": "gpt-5.4-mini"},
    {"model": "gpt-5-4-mini-2026-03-17", "provider": "openai", "same_as": "gpt-5.4-mini"},
    {"model": "gpt-5.4-nano", "provider": "openai", "shutdown_on": "2027-04-01", "prices": [
      {"input": 0.2, "cached_input": 0.02, "output": 1.25}]},
    {"model": "gpt-5.4-nano-2026-03-17", "provider": "openai", "same_as": "gpt-5.4-nano"},
    {"model": "gpt-5-4-nano", "provider": "openai", "same_as": "gpt-5.4-nano"},
    {"model": "gpt-5-4-nano-2026-03-17", "provider": "openai", "same_as": "gpt-5.4-nano"},
    {"model": "gpt-5.4-pro", "provider": "openai", "prices": [
      {"input": 30, "output": 180},
      {"over": 272000, "input": 60, "output": 270}]},
    {"model": "gpt-5.4-pro-2026-03-05", "provider": "openai", "same_as": "gpt-5.4-pro"},
    {"model": "gpt-5-4-pro", "provider": "openai", "same_as": "gpt-5.4-pro"},
    {"model": "gpt-5-4-pro-2026-03-05", "provider": "openai", "same_as": "gpt-5.4-pro"},
    {"model": "gpt-5.5", "provider": "openai", "prices": [
      {"input": 5, "cached_input": 0.5, "output": 30},
      {"over": 272000, "input": 10, "cached_input": 1, "output": 45}]},
    {"model": "gpt-5.5-2026-04-23", "provider": "openai", "same_as": "gpt-5.5"},
    {"model": "gpt-5.5-2026-04-24", "provider": "openai", "same_as": "gpt-5.5"},
    {"model": "gpt-5-5", "provider": "openai", "same_as": "gpt-5.5"},
    {"model": "gpt-5-5-2026-04-23", "provider": "openai", "same_as": "gpt-5.5"},
    {"model": "gpt-5-5-2026-04-24", "provider": "openai", "same_as": "gpt-5.5"},
    {"model": "gpt-5.5-chat", "provider": "openai", "same_as": "gpt-5.5"},
    {"model": "gpt-5.5-chat-latest", "provider": "openai", "same_as": "gpt-5.5"},
    {"model": "gpt-5-5-chat", "provider": "openai", "same_as": "gpt-5.5"},
    {"model": "gpt-5-5-chat-latest", "provider": "openai", "same_as": "gpt-5.5"},
    {"model": "gpt-5.5-codex", "provider": "openai", "same_as": "gpt-5.5"},
    {"model": "gpt-5-5-codex", "provider": "openai", "same_as": "gpt-5.5"},
    {"model": "gpt-5.5-cyber", "provider": "openai", "prices": [
      {"input": 12.5, "output": 75},
      {"since": "2026-10-19", "input": 12.5, "cached_input": 1.25, "output": 75}]},
    {"model": "gpt-5.5-pro", "provider": "openai", "prices": [
      {"input": 30, "output": 180},
      {"over": 272000, "input": 60, "output": 270}]},
    {"model": "gpt-5.5-pro-2026-04-23", "provider": "openai", "same_as": "gpt-5.5-pro"},
    {"model": "gpt-5-5-pro", "provider": "openai", "same_as": "gpt-5.5-pro"},
    {"model": "gpt-5-5-pro-2026-04-23", "provider": "openai", "same_as": "gpt-5.5-pro"},
    {"model": "gpt-5.6-cyber", "provider": "openai", "prices": [
      {"input": 12.5, "cached_input": 1.25, "cache_write": 15.625, "output": 75}]},
    {"model": "gpt-5.6-luna", "provider": "openai", "covers": "dates", "prices": [
      {"input": 1, "cached_input": 0.1, "cache_write": 1.25, "output": 6},
      {"over": 272000, "input": 2, "cached_input": 0.2, "cache_write": 2.5, "output": 9},
      {"since": "2026-07-30", "input": 0.2, "cached_input": 0.02, "cache_write": 0.25, "output": 1.2},
      {"since": "2026-07-30", "over": 272000, "input": 0.4, "cached_input": 0.04, "cache_write": 0.5, "output": 1.8}]},
    {"model": "gpt-5-6-luna", "provider": "openai", "same_as": "gpt-5.6-luna", "covers": "dates"},
    {"model": "gpt-5.6-sol", "provider": "openai", "covers": "dates", "prices": [
      {"input": 5, "cached_input": 0.5, "cache_write": 6.25, "output": 30},
      {"over": 272000, "input": 10, "cached_input": 1, "cache_write": 12.5, "output": 45},
      {"since": "2026-08-21", "input": 4, "cached_input": 0.4, "cache_write": 5, "output": 20},
      {"since": "2026-08-21", "over": 272000, "input": 8, "cached_input": 0.8, "cache_write": 10, "output": 30}]},
    {"model": "gpt-5-6-sol", "provider": "openai", "same_as": "gpt-5.6-sol", "covers": "dates"},
    {"model": "gpt-5.6", "provider": "openai", "same_as": "gpt-5.6-sol"},
    {"model": "gpt-5-6", "provider": "openai", "same_as": "gpt-5.6-sol"},
    {"model": "gpt-5.6-terra", "provider": "openai", "covers": "dates", "prices": [
      {"input": 2.5, "cached_input": 0.25, "cache_write": 3.125, "output": 15},
      {"over": 272000, "input": 5, "cached_input": 0.5, "cache_write": 6.25, "output": 22.5},
      {"since": "2026-07-30", "input": 2, "cached_input": 0.2, "cache_write": 2.5, "output": 12},
      {"since": "2026-07-30", "over": 272000, "input": 4, "cached_input": 0.4, "cache_write": 5, "output": 18}]},
    {"model": "gpt-5-6-terra", "provider": "openai", "same_as": "gpt-5.6-terra", "covers": "dates"},
    {"model": "gpt-6-astra", "provider": "openai", "covers": "dates", "prices": [
      {"input": 10, "cached_input": 1, "cache_write": 12.5, "output": 50},
      {"over": 272000, "input": 20, "cached_input": 2, "cache_write": 25, "output": 75}]},
    {"model": "gpt-6-cyber", "provider": "openai", "prices": [
      {"input": 20, "cached_input": 2, "cache_write": 25, "output": 100}]},
    {"model": "gpt-6-luna", "provider": "openai", "covers": "dates", "prices": [
      {"input": 0.1, "cached_input": 0.01, "cache_write": 0.125, "output": 0.5},
      {"over": 272000, "input": 0.2, "cached_input": 0.02, "cache_write": 0.25, "output": 0.75}]},
    {"model": "gpt-6-rosalind", "provider": "openai", "prices": [
      {"input": 15, "cached_input": 1.5, "cache_write": 18.75, "output": 75},
      {"over": 272000, "input": 30, "cached_input": 3, "cache_write": 37.5, "output": 112.5}]},
    {"model": "gpt-6-sol", "provider": "openai", "covers": "dates", "prices": [
      {"input": 2, "cached_input": 0.2, "cache_write": 2.5, "output": 10},
      {"over": 272000, "input": 4, "cached_input": 0.4, "cache_write": 5, "output": 15}]},
    {"model": "gpt-6.1-sol", "provider": "openai", "covers": "dates", "prices": [
      {"input": 2, "cached_input": 0.1, "cache_write": 2.5, "output": 10},
      {"over": 272000, "input": 4, "cached_input": 0.2, "cache_write": 5, "output": 15}]},
    {"model": "gpt-6.1-terra", "provider": "openai", "covers": "dates", "prices": [
      {"input": 1, "cached_input": 0.05, "cache_write": 1.25, "output": 5},
      {"over": 272000, "input": 2, "cached_input": 0.1, "cache_write": 2.5, "output": 7.5}]},
    {"model": "gpt-audio", "provider": "openai", "prices": [{"input": 2.5, "output": 10}]},
    {"model": "gpt-audio-2025-08-28", "provider": "openai", "same_as": "gpt-audio"},
    {"model": "gpt-audio-1.5", "provider": "openai", "same_as": "gpt-audio"},
    {"model": "gpt-audio-mini", "provider": "openai", "prices": [{"input": 0.6, "output": 2.4}]},
    {"model": "gpt-audio-mini-2025-10-06", "provider": "openai", "same_as": "gpt-audio-mini"},
    {"model": "gpt-audio-mini-2025-12-15", "provider": "openai", "same_as": "gpt-audio-mini"},
    {"model": "gpt-chat-latest", "provider": "openai", "prices": [{"input": 5, "cached_input": 0.5, "output": 30}]},
    {"model": "chat-latest", "provider": "openai", "same_as": "gpt-chat-latest"},
    {"model": "gpt-image-1", "provider": "openai", "prices": [{"input": 5, "cached_input": 1.25, "output": 40}]},
    {"model": "gpt-image-1-mini", "provider": "openai", "prices": [{"input": 2, "cached_input": 0.2, "output": 8}]},
    {"model": "gpt-image-1.5", "provider": "openai", "prices": [{"input": 5, "cached_input": 1.25, "output": 10}]},
    {"model": "gpt-image-1.5-2025-12-16", "provider": "openai", "same_as": "gpt-image-1.5"},
    {"model": "gpt-image-2", "provider": "openai", "prices": [{"input": 5, "cached_input": 1.25, "output": 30}]},
    {"model": "gpt-image-2-2026-04-21", "provider": "openai", "same_as": "gpt-image-2"},
    {"model": "gpt-image-2.5-flare", "provider": "openai", "prices": [{"input": 5, "cached_input": 1.25, "output": 30}]},
    {"model": "gpt-image-2.5-flare-2026-09-08", "provider": "openai", "same_as": "gpt-image-2.5-flare"},
    {"model": "gpt-image-2.5-sunburst", "provider": "openai", "prices": [{"input": 5, "cached_input": 1.25, "output": 30}]},
    {"model": "gpt-image-2.5-sunburst-2026-09-08", "provider": "openai", "same_as": "gpt-image-2.5-sunburst"},
    {"model": "gpt-oss-120b", "provider": "openai", "prices": [{"input": 0.039, "output": 0.18}]},
    {"model": "gpt-oss-20b", "provider": "openai", "prices": [{"input": 0.029, "output": 0.14}]},
    {"model": "gpt-oss-safeguard-20b", "provider": "openai", "prices": [{"input": 0.075, "cached_input": 0.037, "output": 0.3}]},
    {"model": "gpt-realtime", "provider": "openai", "prices": [{"input": 4, "cached_input": 0.4, "output": 16}]},
    {"model": "gpt-realtime-2025-08-28", "provider": "openai", "same_as": "gpt-realtime"},
    {"model": "gpt-realtime-1.5", "provider": "openai", "same_as": "gpt-realtime"},
    {"model": "gpt-realtime-2", "provider": "openai", "prices": [{"input": 4, "cached_input": 0.4, "output": 24}]},
    {"model": "gpt-realtime-2.1", "provider": "openai", "same_as": "gpt-realtime-2"},
    {"model": "gpt-realtime-mini", "provider": "openai", "prices": [{"input": 0.6, "cached_input": 0.06, "output": 2.4}]},
    {"model": "gpt-realtime-2.1-mini", "provider": "openai", "same_as": "gpt-realtime-mini"},
    {"model": "gpt-realtime-mini-2025-12-15", "provider": "openai", "same_as": "gpt-realtime-mini"},
    {"model": "gpt-realtime-mini-2025-10-06", "provider": "openai", "same_as": "gpt-realtime-mini"},
    {"model": "gpt-rosalind-discovery", "provider": "openai", "prices": [{"input": 5, "cached_input": 0.5, "output": 25}]},
    {"model": "gpt-rosalind-research", "provider": "openai", "prices": [{"input": 5, "cached_input": 0.5, "output": 25}]},
    {"model": "o1", "provider": "openai", "shutdown_on": "2026-10-23", "replacement": "gpt-5.6-sol", "prices": [
      {"input": 15, "cached_input": 7.5, "output": 60}]},
    {"model": "o1-2024-12-17", "provider": "openai", "same_as": "o1"},
    {"model": "o1-mini", "provider": "openai", "prices": [{"input": 1.1, "cached_input": 0.55, "output": 4.4}]},
    {"model": "o1-mini-2024-09-12", "provider": "openai", "same_as": "o1-mini"},
    {"model": "o1-preview", "provider": "openai", "prices": [{"input": 15, "cached_input": 7.5, "output": 60}]},
    {"model": "o1-preview-2024-09-12", "provider": "openai", "same_as": "o1-preview"},
    {"model": "o1-pro", "provider": "openai", "prices": [{"input": 150, "output": 600}]},
    {"model": "o1-pro-2025-03-19", "provider": "openai", "same_as": "o1-pro"},
    {"model": "o3", "provider": "openai", "shutdown_on": "2026-12-11", "replacement": "gpt-6.1-sol", "prices": [
      {"input": 10, "cached_input": 0.5, "output": 40},
      {"since": "2025-06-10", "input": 2, "cached_input": 0.5, "output": 8}]},
    {"model": "o3-2025-04-16", "provider": "openai", "same_as": "o3"},
    {"model": "o3-deep-research", "provider": "openai", "prices": [{"input": 10, "cached_input": 2.5, "output": 40}]},
    {"model": "o3-deep-research-2025-06-26", "provider": "openai", "same_as": "o3-deep-research"},
    {"model": "o3-mini", "provider": "openai", "shutdown_on": "2026-10-23", "replacement": "gpt-5.6-sol", "prices": [
      {"input": 1.1, "cached_input": 0.55, "output": 4.4}]},
    {"model": "o3-mini-2025-01-31", "provider": "openai", "same_as": "o3-mini"},
    {"model": "o3-mini-high", "provider": "openai", "same_as": "o3-mini"},
    {"model": "o3-pro", "provider": "openai", "shutdown_on": "2026-12-11", "replacement": "gpt-6.1-sol", "prices": [
      {"input": 20, "output": 80}]},
    {"model": "o3-pro-2025-06-10", "provider": "openai", "same_as": "o3-pro"},
    {"model": "o4-mini", "provider": "openai", "shutdown_on": "2026-10-23", "replacement": "gpt-5.6-terra", "prices": [
      {"input": 1.1, "cached_input": 0.275, "output": 4.4}]},
    {"model": "o4-mini-2025-04-16", "provider": "openai", "same_as": "o4-mini"},
    {"model": "o4-mini-high", "provider": "openai", "same_as": "o4-mini"},
    {"model": "o4-mini-deep-research", "provider": "openai", "prices": [{"input": 2, "cached_input": 0.5, "output": 8}]},
    {"model": "o4-mini-deep-research-2025-06-26", "provider": "openai", "same_as": "o4-mini-deep-research"},
    {"model": "text-davinci-002", "provider": "openai", "prices": [{"input": 20, "output": 20}]},
    {"model": "text-davinci-003", "provider": "openai", "prices": [{"input": 20, "output": 20}]},
    {"model": "claude-2", "provider": "anthropic", "covers": "all", "prices": [{"input": 8, "output": 24}]},
    {"model": "claude-3-5-haiku-latest", "provider": "anthropic", "prices": [
      {"input": 0.8, "cached_input": 0.08, "cache_write": 1, "output": 4}]},
    {"model": "claude-3-5-haiku", "provider": "anthropic", "same_as": "claude-3-5-haiku-latest", "covers": "all"},
    {"model": "claude-3.5-haiku", "provider": "anthropic", "same_as": "claude-3-5-haiku-latest", "covers": "all"},
    {"model": "claude-3-5-sonnet", "provider": "anthropic", "covers": "all", "prices": [
      {"input": 3, "cached_input": 0.3, "cache_write": 3.75, "output": 15}]},
    {"model": "claude-3.5-sonnet", "provider": "anthropic", "same_as": "claude-3-5-sonnet", "covers": "all"},
    {"model": "claude-3-7-sonnet-latest", "provider": "anthropic", "prices": [
      {"input": 3, "cached_input": 0.3, "cache_write": 3.75, "output": 15}]},
    {"model": "claude-3-7-sonnet", "provider": "anthropic", "same_as": "claude-3-7-sonnet-latest", "covers": "all"},
    {"model": "claude-3.7-sonnet", "provider": "anthropic", "same_as": "claude-3-7-sonnet-latest", "covers": "all"},
    {"model": "claude-sonnet-3.7", "provider": "anthropic", "same_as": "claude-3-7-sonnet-latest", "covers": "all"},
    {"model": "claude-sonnet-3-7", "provider": "anthropic", "same_as": "claude-3-7-sonnet-latest", "covers": "all"},
    {"model": "claude-3-haiku", "provider": "anthropic", "covers": "all", "prices": [
      {"input": 0.25, "cached_input": 0.03, "cache_write": 0.3, "output": 1.25}]},
    {"model": "claude-3-opus-latest", "provider": "anthropic", "prices": [
      {"input": 15, "cached_input": 1.5, "cache_write": 18.75, "output": 75}]},
    {"model": "claude-3-opus", "provider": "anthropic", "same_as": "claude-3-opus-latest", "covers": "all"},
    {"model": "claude-3-sonnet", "provider": "anthropic", "covers": "all", "prices": [
      {"input": 3, "cached_input": 0.3, "cache_write": 3.75, "output": 15}]},
    {"model": "claude-fable-5", "provider": "anthropic", "prices": [
      {"input": 10, "cached_input": 1, "cache_write": 12.5, "output": 50}]},
    {"model": "claude-fable-5-1", "provider": "anthropic", "prices": [
      {"input": 10, "cached_input": 0.25, "cache_write": 12.5, "output": 50}]},
    {"model": "claude-fable-5-2", "provider": "anthropic", "prices": [
      {"input": 8, "cached_input": 0.2, "cache_write": 10, "output": 40}]},
    {"model": "claude-haiku-4-5", "provider": "anthropic", "covers": "all", "prices": [
      {"input": 1, "cached_input": 0.1, "cache_write": 1.25, "output": 5}]},
    {"model": "claude-haiku-4.5", "provider": "anthropic", "same_as": "claude-haiku-4-5", "covers": "all"},
    {"model": "claude-4-5-haiku", "provider": "anthropic", "same_as": "claude-haiku-4-5", "covers": "all"},
    {"model": "claude-4.5-haiku", "provider": "anthropic", "same_as": "claude-haiku-4-5", "covers": "all"},
    {"model": "claude-haiku-5-5", "provider": "anthropic", "prices": [
      {"input": 0.1, "cached_input": 0.01, "cache_write": 0.125, "output": 0.5},
      {"over": 100000, "input": 0.5, "cached_input": 0.05, "cache_write": 0.625, "output": 2.5}]},
    {"model": "claude-haiku-5.5", "provider": "anthropic", "same_as": "claude-haiku-5-5", "covers": "all"},
    {"model": "claude-5-5-haiku", "provider": "anthropic", "same_as": "claude-haiku-5-5", "covers": "all"},
    {"model": "claude-5.5-haiku", "provider": "anthropic", "same_as": "claude-haiku-5-5", "covers": "all"},
    {"model": "claude-mythos-5-2", "provider": "anthropic", "prices": [
      {"input": 8, "cached_input": 0.2, "cache_write": 10, "output": 40}]},
    {"model": "claude-opus-4-0", "provider": "anthropic", "covers": "all", "prices": [
      {"input": 15, "cached_input": 1.5, "cache_write": 18.75, "output": 75}]},
    {"model": "claude-4-opus", "provider": "anthropic", "same_as": "claude-opus-4-0", "covers": "all"},
    {"model": "claude-opus-4", "provider": "anthropic", "same_as": "claude-opus-4-0"},
    {"model": "claude-opus-4-20250514", "provider": "anthropic", "same_as": "claude-opus-4-0"},
    {"model": "claude-opus-4-1", "provider": "anthropic", "covers": "all", "prices": [
      {"input": 15, "cached_input": 1.5, "cache_write": 18.75, "output": 75}]},
    {"model": "claude-opus-4.1", "provider": "anthropic", "same_as": "claude-opus-4-1", "covers": "all"},
    {"model": "claude-opus-4-5", "provider": "anthropic", "covers": "all", "prices": [
      {"input": 5, "cached_input": 0.5, "cache_write": 6.25, "output": 25}]},
    {"model": "claude-opus-4.5", "provider": "anthropic", "same_as": "claude-opus-4-5", "covers": "all"},
    {"model": "claude-4-5-opus", "provider": "anthropic", "same_as": "claude-opus-4-5", "covers": "all"},
    {"model": "claude-4.5-opus", "provider": "anthropic", "same_as": "claude-opus-4-5", "covers": "all"},
    {"model": "claude-opus-4-6", "provider": "anthropic", "covers": "all", "prices": [
      {"input": 5, "cached_input": 0.5, "cache_write": 6.25, "output": 25},
      {"over": 200000, "input": 10, "cached_input": 1, "cache_write": 12.5, "output": 37.5},
      {"since": "2026-03-13", "input": 5, "cached_input": 0.5, "cache_write": 6.25, "output": 25}]},
    {"model": "claude-opus-4.6", "provider": "anthropic", "same_as": "claude-opus-4-6", "covers": "all"},
    {"model": "claude-4-6-opus", "provider": "anthropic", "same_as": "claude-opus-4-6", "covers": "all"},
    {"model": "claude-4.6-opus", "provider": "anthropic", "same_as": "claude-opus-4-6", "covers": "all"},
    {"model": "claude-opus-4-7", "provider": "anthropic", "covers": "all", "prices": [
      {"input": 5, "cached_input": 0.5, "cache_write": 6.25, "output": 25}]},
    {"model": "claude-opus-4.7", "provider": "anthropic", "same_as": "claude-opus-4-7", "covers": "all"},
    {"model": "claude-4-7-opus", "provider": "anthropic", "same_as": "claude-opus-4-7", "covers": "all"},
    {"model": "claude-4.7-opus", "provider": "anthropic", "same_as": "claude-opus-4-7", "covers": "all"},
    {"model": "claude-opus-4-8", "provider": "anthropic", "covers": "all", "prices": [
      {"input": 5, "cached_input": 0.5, "cache_write": 6.25, "output": 25}]},
    {"model": "claude-opus-4.8", "provider": "anthropic", "same_as": "claude-opus-4-8", "covers": "all"},
    {"model": "claude-4-8-opus", "provider": "anthropic", "same_as": "claude-opus-4-8", "covers": "all"},
    {"model": "claude-4.8-opus", "provider": "anthropic", "same_as": "claude-opus-4-8", "covers": "all"},
    {"model": "claude-opus-5", "provider": "anthropic", "covers": "dates", "prices": [
      {"input": 5, "cached_input": 0.5, "cache_write": 6.25, "output": 25}]},
    {"model": "claude-opus-5-latest", "provider": "anthropic", "same_as": "claude-opus-5"},
    {"model": "claude-opus-5.0", "provider": "anthropic", "same_as": "claude-opus-5", "covers": "all"},
    {"model": "claude-5-opus", "provider": "anthropic", "same_as": "claude-opus-5", "covers": "all"},
    {"model": "claude-5.0-opus", "provider": "anthropic", "same_as": "claude-opus-5", "covers": "all"},
    {"model": "claude-opus-5-5", "provider": "anthropic", "prices": [
      {"input": 4, "cached_input": 0.2, "cache_write": 5, "output": 20}]},
    {"model": "claude-opus-5.5", "provider": "anthropic", "same_as": "claude-opus-5-5", "covers": "all"},
    {"model": "claude-5-5-opus", "provider": "anthropic", "same_as": "claude-opus-5-5", "covers": "all"},
    {"model": "claude-5.5-opus", "provider": "anthropic", "same_as": "claude-opus-5-5", "covers": "all"},
    {"model": "claude-sonnet-4-0", "provider": "anthropic", "covers": "all", "prices": [
      {"input": 3, "cached_input": 0.3, "cache_write": 3.75, "output": 15}]},
    {"model": "claude-sonnet-4-2025", "provider": "anthropic", "same_as": "claude-sonnet-4-0", "covers": "all"},
    {"model": "claude-sonnet-4", "provider": "anthropic", "same_as": "claude-sonnet-4-0"},
    {"model": "claude-4-sonnet", "provider": "anthropic", "same_as": "claude-sonnet-4-0", "covers": "all"},
    {"model": "claude-sonnet-4-5", "provider": "anthropic", "covers": "all", "prices": [
      {"input": 3, "cached_input": 0.3, "cache_write": 3.75, "output": 15},
      {"over": 200000, "input": 6, "cached_input": 0.6, "cache_write": 7.5, "output": 22.5}]},
    {"model": "claude-sonnet-4.5", "provider": "anthropic", "same_as": "claude-sonnet-4-5", "covers": "all"},
    {"model": "claude-sonnet-4-6", "provider": "anthropic", "covers": "all", "prices": [
      {"input": 3, "cached_input": 0.3, "cache_write": 3.75, "output": 15},
      {"over": 200000, "input": 6, "cached_input": 0.6, "cache_write": 7.5, "output": 22.5},
      {"since": "2026-03-13", "input": 3, "cached_input": 0.3, "cache_write": 3.75, "output": 15}]},
    {"model": "claude-sonnet-4.6", "provider": "anthropic", "same_as": "claude-sonnet-4-6", "covers": "all"},
    {"model": "claude-sonnet-5", "provider": "anthropic", "prices": [
      {"input": 2, "cached_input": 0.2, "cache_write": 2.5, "output": 10}]},
    {"model": "claude-sonnet-5.0", "provider": "anthropic", "same_as": "claude-sonnet-5", "covers": "all"},
    {"model": "claude-5-sonnet", "provider": "anthropic", "same_as": "claude-sonnet-5", "covers": "all"},
    {"model": "claude-5.0-sonnet", "provider": "anthropic", "same_as": "claude-sonnet-5", "covers": "all"},
    {"model": "claude-sonnet-5-5", "provider": "anthropic", "prices": [
      {"input": 2, "cached_input": 0.1, "cache_write": 2.5, "output": 10}]},
    {"model": "claude-sonnet-5.5", "provider": "anthropic", "same_as": "claude-sonnet-5-5", "covers": "all"},
    {"model": "claude-5-5-sonnet", "provider": "anthropic", "same_as": "claude-sonnet-5-5", "covers": "all"},
    {"model": "claude-5.5-sonnet", "provider": "anthropic", "same_as": "claude-sonnet-5-5", "covers": "all"},
    {"model": "claude-v1", "provider": "anthropic", "prices": [{"input": 8, "output": 24}]},
    {"model": "gemini-1.0-pro-vision-001", "provider": "google", "prices": [{"input": 0.125, "output": 0.375}]},
    {"model": "gemini-1.5-flash", "provider": "google", "prices": [
      {"input": 0.075, "cached_input": 0.01875, "output": 0.3},
      {"over": 128000, "input": 0.15, "cached_input": 0.0375, "output": 0.6}]},
    {"model": "gemini-1.5-pro", "provider": "google", "prices": [
      {"input": 1.25, "output": 5},
      {"over": 128000, "input": 2.5, "output": 10}]},
    {"model": "gemini-2.0-flash", "provider": "google", "prices": [{"input": 0.1, "cached_input": 0.025, "output": 0.4}]},
    {"model": "gemini-2.0-flash-lite", "provider": "google", "prices": [{"input": 0.075, "output": 0.3}]},
    {"model": "gemini-2.5-flash", "provider": "google", "prices": [{"input": 0.3, "cached_input": 0.03, "output": 2.5}]},
    {"model": "gemini-2.5-flash-latest", "provider": "google", "same_as": "gemini-2.5-flash"},
    {"model": "gemini-2.5-flash-preview-09-2025", "provider": "google", "same_as": "gemini-2.5-flash"},
    {"model": "gemini-2.5-flash-image", "provider": "google", "prices": [{"input": 0.3, "output": 2.5}]},
    {"model": "gemini-2.5-flash-image-preview", "provider": "google", "same_as": "gemini-2.5-flash-image"},
    {"model": "gemini-2.5-flash-lite", "provider": "google", "prices": [{"input": 0.1, "cached_input": 0.01, "output": 0.4}]},
    {"model": "gemini-2.5-flash-lite-preview-tts", "provider": "google", "prices": [{"input": 0.5, "output": 10}]},
    {"model": "gemini-2.5-flash-preview", "provider": "google", "prices": [{"input": 0.15, "output": 0.6}]},
    {"model": "gemini-2.5-flash-preview-05-20:thinking", "provider": "google", "same_as": "gemini-2.5-flash-preview"},
    {"model": "gemini-2.5-flash-preview:thinking", "provider": "google", "same_as": "gemini-2.5-flash-preview"},
    {"model": "gemini-2.5-flash-tts", "provider": "google", "prices": [{"input": 0.5, "output": 10}]},
    {"model": "gemini-2.5-flash-preview-tts", "provider": "google", "same_as": "gemini-2.5-flash-tts"},
    {"model": "gemini-2.5-pro", "provider": "google", "prices": [
      {"input": 1.25, "cached_input": 0.125, "output": 10},
      {"over": 200000, "input": 2.5, "cached_input": 0.25, "output": 15}]},
    {"model": "gemini-2.5-pro-tts", "provider": "google", "prices": [{"input": 1, "output": 20}]},
    {"model": "gemini-2.5-pro-preview-tts", "provider": "google", "same_as": "gemini-2.5-pro-tts"},
    {"model": "gemini-3-flash-preview", "provider": "google", "prices": [
      {"input": 0.5, "cached_input": 0.05, "output": 3},
      {"since": "2026-01-05", "input": 0.5, "cached_input": 0.05, "output": 3}]},
    {"model": "gemini-3-flash-preview-", "provider": "google", "same_as": "gemini-3-flash-preview", "covers": "all"},
    {"model": "gemini-3-pro-image-preview", "provider": "google", "covers": "all", "prices": [
      {"input": 2, "output": 12},
      {"since": "2026-01-05", "input": 2, "output": 12}]},
    {"model": "gemini-3-pro-image", "provider": "google", "same_as": "gemini-3-pro-image-preview"},
    {"model": "gemini-3-pro-preview", "provider": "google", "covers": "all", "prices": [
      {"input": 2, "cached_input": 0.2, "output": 12},
      {"over": 200000, "input": 4, "cached_input": 0.4, "output": 18},
      {"since": "2026-01-05", "input": 2, "cached_input": 0.2, "output": 12},
      {"since": "2026-01-05", "over": 200000, "input": 4, "cached_input": 0.4, "output": 18}]},
    {"model": "gemini-3-pro-text-preview", "provider": "google", "same_as": "gemini-3-pro-preview"},
    {"model": "gemini-3.1-flash-image-preview", "provider": "google", "covers": "all", "prices": [{"input": 0.5, "output": 3}]},
    {"model": "gemini-3.1-flash-image", "provider": "google", "same_as": "gemini-3.1-flash-image-preview"},
    {"model": "gemini-3.1-flash-lite", "provider": "google", "prices": [{"input": 0.25, "cached_input": 0.025, "output": 1.5}]},
    {"model": "gemini-3.1-flash-lite-preview", "provider": "google", "same_as": "gemini-3.1-flash-lite", "covers": "all"},
    {"model": "gemini-3.1-flash-lite-image", "provider": "google", "covers": "all", "prices": [{"input": 0.25, "output": 1.5}]},
    {"model": "gemini-3.1-flash-live-preview", "provider": "google", "covers": "all", "prices": [{"input": 0.75, "output": 4.5}]},
    {"model": "gemini-3.1-flash-tts-preview", "provider": "google", "prices": [{"input": 1, "output": 20}]},
    {"model": "gemini-3.1-pro-preview", "provider": "google", "covers": "all", "prices": [
      {"input": 2, "cached_input": 0.2, "output": 12},
      {"over": 200000, "input": 4, "cached_input": 0.4, "output": 18}]},
    {"model": "gemini-pro-latest", "provider": "google", "same_as": "gemini-3.1-pro-preview"},
    {"model": "gemini-3.5-flash", "provider": "google", "prices": [{"input": 1.5, "cached_input": 0.15, "output": 9}]},
    {"model": "gemini-3.5-flash-preview", "provider": "google", "same_as": "gemini-3.5-flash", "covers": "all"},
    {"model": "gemini-3.5-flash-lite", "provider": "google", "covers": "all", "prices": [
      {"input": 0.3, "cached_input": 0.03, "output": 2.5}]},
    {"model": "gemini-flash-lite-latest", "provider": "google", "same_as": "gemini-3.5-flash-lite"},
    {"model": "gemini-3.6-flash", "provider": "google", "covers": "all", "prices": [
      {"input": 0.75, "cached_input": 0.075, "output": 3.75},
      {"since": "2027-01-01", "input": 1.5, "cached_input": 0.15, "output": 7.5}]},
    {"model": "gemini-3.7-flash", "provider": "google", "covers": "all", "prices": [
      {"input": 0.75, "cached_input": 0.075, "output": 3.75},
      {"since": "2027-01-01", "input": 1.5, "cached_input": 0.15, "output": 7.5}]},
    {"model": "gemini-3.8-flash", "provider": "google", "prices": [
      {"input": 0.75, "cached_input": 0.075, "output": 3.75},
      {"since": "2027-01-01", "input": 1.5, "cached_input": 0.15, "output": 7.5}]},
    {"model": "gemini-flash-latest", "provider": "google", "same_as": "gemini-3.8-flash"},
    {"model": "gemini-3.8-flash-lite-tts", "provider": "google", "prices": [
      {"input": 0.5, "output": 6},
      {"since": "2027-01-01", "input": 1, "output": 12}]},
    {"model": "gemini-3.8-flash-tts", "provider": "google", "prices": [
      {"input": 0.5, "output": 9},
      {"since": "2027-01-01", "input": 1, "output": 18}]},
    {"model": "gemini-3.8-live", "provider": "google", "covers": "all", "prices": [{"input": 0.75, "output": 4.5}]},
    {"model": "gemini-4-argon", "provider": "google", "prices": [
      {"input": 2, "cached_input": 0.1, "output": 10},
      {"since": "2026-12-01", "input": 4, "cached_input": 0.2, "output": 20}]},
    {"model": "gemini-4-argon-preview", "provider": "google", "same_as": "gemini-4-argon", "covers": "all"},
    {"model": "gemini-flash-1.5", "provider": "google", "prices": [
      {"input": 0.075, "cached_input": 0.01875, "output": 0.3},
      {"over": 128000, "input": 0.15, "cached_input": 0.0375, "output": 0.6}]},
    {"model": "gemini-flash-1.5-8b", "provider": "google", "prices": [
      {"input": 0.0375, "cached_input": 0.01, "output": 0.15},
      {"over": 128000, "input": 0.075, "cached_input": 0.02, "output": 0.3}]},
    {"model": "gemini-live-2.5-flash", "provider": "google", "covers": "all", "prices": [{"input": 0.5, "output": 2}]},
    {"model": "gemini-2.5-flash-native-audio-preview", "provider": "google", "same_as": "gemini-live-2.5-flash", "covers": "all"},
    {"model": "gemini-2.5-flash-native-audio-latest", "provider": "google", "same_as": "gemini-live-2.5-flash"},
    {"model": "gemini-nano-banana-2.1", "provider": "google", "prices": [{"input": 1.5, "output": 7.5}]},
    {"model": "gemini-omni-1.1-flash", "provider": "google", "prices": [{"input": 1.5, "output": 9}]},
    {"model": "gemini-omni-flash-preview", "provider": "google", "covers": "all", "prices": [{"input": 1.5, "output": 9}]},
    {"model": "gemini-pro", "provider": "google", "prices": [{"input": 0.125, "output": 0.375}]},
    {"model": "gemini-1.0-pro", "provider": "google", "same_as": "gemini-pro"},
    {"model": "gemini-pro-1.5", "provider": "google", "prices": [
      {"input": 1.25, "cached_input": 0.3125, "output": 5},
      {"over": 128000, "input": 2.5, "cached_input": 0.625, "output": 10}]},
    {"model": "gemini-robotics-er-2-preview", "provider": "google", "prices": [
      {"input": 1, "cached_input": 0.1, "output": 5},
      {"since": "2027-01-01", "input": 2, "cached_input": 0.2, "output": 10}]},
    {"model": "gemini-robotics-er-2-streaming-preview", "provider": "google", "prices": [
      {"input": 1, "output": 5},
      {"since": "2027-01-01", "input": 2, "output": 10}]},
    {"model": "gemma-2-27b-it", "provider": "google", "prices": [{"input": 0.65, "output": 0.65}]},
    {"model": "gemma-4-26b-a4b-it-maas", "provider": "google", "prices": [{"input": 0.15, "cached_input": 0.015, "output": 0.6}]},
    {"model": "codestral", "provider": "mistral", "prices": [{"input": 0.3, "output": 0.9}]},
    {"model": "codestral-latest", "provider": "mistral", "same_as": "codestral"},
    {"model": "codestral-2501", "provider": "mistral", "same_as": "codestral"},
    {"model": "codestral-2508", "provider": "mistral", "prices": [{"input": 0.3, "cached_input": 0.03, "output": 0.9}]},
    {"model": "deepseek-v4-1-flash-1017", "provider": "mistral", "prices": [
      {"input": 0.3, "cached_input": 0.007, "output": 1.2}]},
    {"model": "devstral-2512", "provider": "mistral", "prices": [{"input": 0.4, "cached_input": 0.04, "output": 2}]},
    {"model": "devstral-small", "provider": "mistral", "prices": [{"input": 0.1, "output": 0.3}]},
    {"model": "devstral-small-2505", "provider": "mistral", "same_as": "devstral-small"},
    {"model": "devstral-small-2507", "provider": "mistral", "same_as": "devstral-small"},
    {"model": "devstral-small-latest", "provider": "mistral", "same_as": "devstral-small"},
    {"model": "labs-devstral-small-2512", "provider": "mistral", "same_as": "devstral-small"},
    {"model": "magistral-medium", "provider": "mistral", "covers": "all", "prices": [{"input": 2, "output": 5}]},
    {"model": "magistral-small", "provider": "mistral", "prices": [{"input": 0.5, "output": 1.5}]},
    {"model": "magistral-small-", "provider": "mistral", "same_as": "magistral-small", "covers": "all"},
    {"model": "ministral-14b-2512", "provider": "mistral", "prices": [{"input": 0.2, "cached_input": 0.02, "output": 0.2}]},
    {"model": "ministral-3b", "provider": "mistral", "prices": [{"input": 0.04, "output": 0.04}]},
    {"model": "ministral-3b-2512", "provider": "mistral", "prices": [{"input": 0.1, "cached_input": 0.01, "output": 0.1}]},
    {"model": "ministral-8b", "provider": "mistral", "prices": [{"input": 0.1, "output": 0.1}]},
    {"model": "ministral-8b-2410", "provider": "mistral", "same_as": "ministral-8b"},
    {"model": "ministral-8b-2512", "provider": "mistral", "prices": [{"input": 0.15, "cached_input": 0.015, "output": 0.15}]},
    {"model": "ministral-8b-latest", "provider": "mistral", "prices": [
      {"input": 0.1, "output": 0.1},
      {"since": "2025-12-02", "input": 0.15, "cached_input": 0.015, "output": 0.15}]},
    {"model": "mistral-7b", "provider": "mistral", "prices": [{"input": 0.25, "output": 0.25}]},
    {"model": "open-mistral-7b", "provider": "mistral", "same_as": "mistral-7b"},
    {"model": "mistral-embed", "provider": "mistral", "prices": [{"input": 0.1, "output": 0.1}]},
    {"model": "mistral-embed-2312", "provider": "mistral", "same_as": "mistral-embed"},
    {"model": "mistral-large", "provider": "mistral", "prices": [{"input": 2, "output": 6}]},
    {"model": "mistral-large-latest", "provider": "mistral", "same_as": "mistral-large"},
    {"model": "mistral-large-2407", "provider": "mistral", "same_as": "mistral-large"},
    {"model": "mistral-large-2411", "provider": "mistral", "same_as": "mistral-large"},
    {"model": "mistral-large-2512", "provider": "mistral", "prices": [{"input": 0.5, "cached_input": 0.05, "output": 1.5}]},
    {"model": "mistral-large-4", "provider": "mistral", "prices": [
      {"input": 0.68, "cached_input": 0.07, "output": 2.09},
      {"since": "2026-10-20", "input": 1.36, "cached_input": 0.14, "output": 4.18},
      {"since": "2026-10-29", "input": 0.7, "cached_input": 0.07, "output": 2.1}]},
    {"model": "mistral-large-4-0", "provider": "mistral", "same_as": "mistral-large-4"},
    {"model": "mistral-medium-2312", "provider": "mistral", "prices": [{"input": 2.7, "output": 8.1}]},
    {"model": "mistral-medium-3-1", "provider": "mistral", "prices": [{"input": 0.4, "cached_input": 0.04, "output": 2}]},
    {"model": "mistral-medium", "provider": "mistral", "same_as": "mistral-medium-3-1"},
    {"model": "mistral-medium-2505", "provider": "mistral", "same_as": "mistral-medium-3-1"},
    {"model": "mistral-medium-2508", "provider": "mistral", "same_as": "mistral-medium-3-1"},
    {"model": "mistral-medium-3-5", "provider": "mistral", "prices": [{"input": 1.5, "cached_input": 0.15, "output": 7.5}]},
    {"model": "mistral-medium-3.5", "provider": "mistral", "same_as": "mistral-medium-3-5"},
    {"model": "mistral-medium-3", "provider": "mistral", "same_as": "mistral-medium-3-5"},
    {"model": "mistral-medium-2604", "provider": "mistral", "same_as": "mistral-medium-3-5"},
    {"model": "mistral-medium-latest", "provider": "mistral", "prices": [
      {"input": 0.4, "cached_input": 0.04, "output": 2},
      {"since": "2026-06-16", "input": 1.5, "cached_input": 0.15, "output": 7.5}]},
    {"model": "mistral-nemo", "provider": "mistral", "prices": [{"input": 0.15, "output": 0.15}]},
    {"model": "open-mistral-nemo", "provider": "mistral", "same_as": "mistral-nemo"},
    {"model": "mistral-saba", "provider": "mistral", "prices": [{"input": 0.2, "output": 0.6}]},
    {"model": "mistral-saba-latest", "provider": "mistral", "same_as": "mistral-saba"},
    {"model": "mistral-small-24b-instruct-2501", "provider": "mistral", "prices": [{"input": 0.05, "output": 0.08}]},
    {"model": "mistral-small-2603", "provider": "mistral", "prices": [{"input": 0.15, "cached_input": 0.015, "output": 0.6}]},
    {"model": "mistral-small-3.1-24b-instruct", "provider": "mistral", "prices": [{"input": 0.351, "output": 0.555}]},
    {"model": "mistral-small-3.2-24b-instruct", "provider": "mistral", "prices": [{"input": 0.1, "output": 0.3}]},
    {"model": "mistral-small-2506", "provider": "mistral", "same_as": "mistral-small-3.2-24b-instruct"},
    {"model": "mistral-small-latest", "provider": "mistral", "prices": [
      {"input": 0.1, "output": 0.3},
      {"since": "2026-03-16", "input": 0.15, "cached_input": 0.015, "output": 0.6}]},
    {"model": "mistral-tiny", "provider": "mistral", "prices": [{"input": 0.25, "output": 0.25}]},
    {"model": "mixtral-8x22b-instruct", "provider": "mistral", "prices": [{"input": 2, "output": 6}]},
    {"model": "open-mixtral-8x22b", "provider": "mistral", "same_as": "mixtral-8x22b-instruct"},
    {"model": "mixtral-8x7b", "provider": "mistral", "covers": "all", "prices": [{"input": 0.7, "output": 0.7}]},
    {"model": "open-mixtral-8x7b", "provider": "mistral", "same_as": "mixtral-8x7b"},
    {"model": "pixtral-12b", "provider": "mistral", "prices": [{"input": 0.15, "output": 0.15}]},
    {"model": "pixtral-12b-latest", "provider": "mistral", "same_as": "pixtral-12b"},
    {"model": "pixtral-large", "provider": "mistral", "prices": [{"input": 2, "output": 6}]},
    {"model": "pixtral-large-latest", "provider": "mistral", "same_as": "pixtral-large"},
    {"model": "pixtral-large-2411", "provider": "mistral", "same_as": "pixtral-large"},
    {"model": "voxtral-small-24b-2507", "provider": "mistral", "prices": [
      {"input": 0.1, "cached_input": 0.01, "output": 0.3},
      {"since": "2026-08-11", "input": 0.1, "cached_input": 0.01, "output": 0.4}]},
    {"model": "voxtral-small-2507", "provider": "mistral", "same_as": "voxtral-small-24b-2507"},
    {"model": "voxtral-small-latest", "provider": "mistral", "same_as": "voxtral-small-24b-2507"},
    {"model": "zai-glm-5-3", "provider": "mistral", "prices": [{"input": 1.4, "cached_input": 0.14, "output": 4.4}]},
    {"model": "zai-glm-5-3-flash", "provider": "mistral", "prices": [{"input": 0.15, "cached_input": 0.03, "output": 0.5}]}
  ]'::jsonb;
end
$$;

comment on function kinkster.model_list() is
  'The list of models that came with this version, which load_models() brings into models and model_prices.';

revoke execute on function kinkster.model_list() from public, anon, authenticated, service_role;

select kinkster.load_models();

-- from supabase/schemas/public/kinkster_turns.sql (sha256 41cdb9a61e64e9060d304a05f15ea7e74dd153d15a8b6b91267b8c769568923b)
alter table public.kinkster_turns
  add column if not exists cache_write_tokens bigint,
  add column if not exists cost_usd numeric,
  add column if not exists replaced_model text;
comment on column public.kinkster_turns.model is 'Model that was asked, and from the reply on the model that answered. Of Flowise, the model that a flow said it had asked, when it was one.';
comment on column public.kinkster_turns.cache_write_tokens is 'Those of the tokens sent that the provider wrote to its cache, where it charges for that.';
comment on column public.kinkster_turns.cost_usd is
  'What its attempts cost in US dollars, by the price of the day that each ended. Null is not nothing: where a provider was asked, it is not known, since the provider reported no tokens or nobody knows the price of the model.';
comment on column public.kinkster_turns.replaced_model is 'The model that was chosen for the character, when that had ended and its replacement was asked.';

-- from supabase/schemas/public/kinkster_ratings.sql (sha256 509e56b19e044b70ad4b9c6549f9a5d08bc40c68712aa30359395c050f9c8326)
-- What users think of replies: a row of its own for each, since nobody may write in a turn that has ended.
create table public.kinkster_ratings (
  user_id uuid not null default auth.uid(),
  turn_id uuid not null,
  rating integer not null,
  note text,
  rated_at timestamptz not null default kinkster.now(),
  primary key (user_id, turn_id),
  constraint rating_is_of_a_turn foreign key (user_id, turn_id)
    references public.kinkster_turns (user_id, id) on delete cascade,
  constraint rating_is_1_or_minus_1 check (rating in (1, -1)),
  constraint note_is_not_blank check (note is null or not kinkster.is_blank(note)),
  constraint note_is_at_most_2000_characters check (char_length(note) <= 2000)
);

comment on table public.kinkster_ratings is
  'One row per reply that its user has rated with rate_kinkster_reply.';
comment on column public.kinkster_ratings.user_id is 'Whose turn it is.';
comment on column public.kinkster_ratings.turn_id is 'The turn whose reply is rated.';
comment on column public.kinkster_ratings.rating is '1 for a good reply, -1 for a bad one.';
comment on column public.kinkster_ratings.note is 'What the user says of it: at most 2,000 characters; null for nothing.';
comment on column public.kinkster_ratings.rated_at is 'When it was rated last.';

alter table public.kinkster_ratings enable row level security;

create policy "Users see their own ratings" on public.kinkster_ratings
  for select to authenticated using (user_id = (select auth.uid()));
create policy "Users rate for themselves" on public.kinkster_ratings
  for insert to authenticated with check (user_id = (select auth.uid()));
create policy "Users change their own ratings" on public.kinkster_ratings
  for update to authenticated using (user_id = (select auth.uid())) with check (user_id = (select auth.uid()));
create policy "Users take their own ratings back" on public.kinkster_ratings
  for delete to authenticated using (user_id = (select auth.uid()));

revoke all on public.kinkster_ratings from public, anon, authenticated, service_role;
grant select, delete on public.kinkster_ratings to authenticated;
grant insert (user_id, turn_id, rating, note), update (rating, note, rated_at) on public.kinkster_ratings to authenticated;
grant select, insert, update, delete on public.kinkster_ratings to service_role;

-- from supabase/schemas/public/get_kinkster_chat_config.sql
-- All that a client needs to know before it opens a chat.
create or replace function public.get_kinkster_chat_config(p_kinkster_id uuid)
  returns jsonb
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  v_kinkster public.kinksters := kinkster.visible_kinkster(p_kinkster_id);
  v_user_state text;
  v_obstacle record;
  v_model text := case when v_kinkster.provider = 'openai_responses' then
    coalesce(v_kinkster.openai_model, (select s.default_openai_model from kinkster.settings as s))
  end;
begin
  select p.submission_state::text into v_user_state
  from public.profiles as p
  where p.id = coalesce((select auth.uid()), v_kinkster.user_id);
  if auth.uid() is not null then
    v_user_state := coalesce(v_user_state, 'none');
  end if;
  v_obstacle := kinkster.chat_obstacle(v_kinkster, v_user_state);
  return pg_catalog.jsonb_build_object(
    'success', true,
    'kinkster_id', v_kinkster.id,
    'name', v_kinkster.name,
    'provider', v_kinkster.provider,
    'endpoint', kinkster.endpoint(v_kinkster.provider),
    'model', kinkster.model_in_force(v_model, kinkster.now()),
    'warning', kinkster.model_warning(v_model),
    'flowise_chatflow_id', nullif(v_kinkster.flowise_chatflow_id, ''),
    'instructions', public.build_kinkster_openai_instructions(p_kinkster_id),
    'can_chat', v_obstacle.reason is null,
    'reason', v_obstacle.reason,
    'hint', v_obstacle.hint
  );
end
$$;

comment on function public.get_kinkster_chat_config(uuid) is
  'How a kinkster is chatted with: provider, endpoint, model (the one that is asked now; null for Flowise), warning (when the chosen model ends or has ended, and what is asked instead; null for none), flowise_chatflow_id (null: the default), instructions, can_chat, and if not, reason and hint. Raises PT404 when the caller cannot see it.';

revoke execute on function public.get_kinkster_chat_config(uuid) from public, anon, authenticated, service_role;
grant execute on function public.get_kinkster_chat_config(uuid) to authenticated, service_role;

-- from supabase/schemas/public/update_kinkster_provider.sql
-- Moves a character to a provider. Null leaves a setting as it is; empty instructions clear them.
create or replace function public.update_kinkster_provider(
  p_kinkster_id uuid,
  p_provider text,
  p_openai_model text default null,
  p_openai_instructions text default null
)
  returns jsonb
  language plpgsql
  volatile
  security invoker
  set search_path = ''
as $$
declare
  v_kinkster public.kinksters;
  v_obstacle record;
begin
  if p_provider is null or p_provider not in ('flowise', 'openai_responses') then
    raise sqlstate 'PT422' using
      message = pg_catalog.format('%s is not a provider.', coalesce(pg_catalog.quote_literal(pg_catalog.left(p_provider, 100)), 'Null')),
      hint = 'Use ''flowise'' or ''openai_responses''.';
  end if;
  if p_openai_model !~ '^[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}$' then
    raise sqlstate 'PT422' using
      message = pg_catalog.format('%L is not a model''s name.', pg_catalog.left(p_openai_model, 100)),
      hint = 'Give a name such as ''gpt-4o-mini'', or null to leave the model as it is.';
  end if;
  if pg_catalog.char_length(p_openai_instructions) > 32000 then
    raise sqlstate 'PT422' using
      message = pg_catalog.format('The instructions have %s characters; at most 32,000 are kept.', pg_catalog.char_length(p_openai_instructions)),
      hint = 'Shorten them, or move facts about the character into its bio.';
  end if;

  update public.kinksters as k
  set
    provider = p_provider,
    openai_model = coalesce(p_openai_model, k.openai_model),
    openai_instructions = case
      when p_openai_instructions is null then k.openai_instructions
      when kinkster.is_blank(p_openai_instructions) then null
      else p_openai_instructions
    end
  where k.id = p_kinkster_id
  returning k.* into v_kinkster;

  if not found then
    perform kinkster.visible_kinkster(p_kinkster_id);
    raise sqlstate 'PT403' using
      message = 'A system kinkster cannot be edited.',
      hint = 'Create a kinkster of your own and edit that.';
  end if;

  v_obstacle := kinkster.chat_obstacle(v_kinkster, null);
  return pg_catalog.jsonb_build_object(
    'success', true,
    'kinkster_id', v_kinkster.id,
    'provider', v_kinkster.provider,
    'endpoint', kinkster.endpoint(v_kinkster.provider),
    'openai_model', v_kinkster.openai_model,
    'openai_instructions', v_kinkster.openai_instructions,
    'warning', case when v_kinkster.provider = 'openai_responses' then
      kinkster.model_warning(
        coalesce(v_kinkster.openai_model, (select s.default_openai_model from kinkster.settings as s))
      )
    end,
    'can_chat', v_obstacle.reason is null,
    'reason', v_obstacle.reason,
    'hint', v_obstacle.hint
  );
end
$$;

comment on function public.update_kinkster_provider(uuid, text, text, text) is
  'Sets a kinkster''s provider; null leaves model and instructions as they are, empty instructions clear them. A change of provider ends the chain of response ids. Returns what is set now, whether it can be chatted with, and a warning when the model ends or has ended. Raises PT422 for bad values, PT404, and PT403 for a system kinkster.';

revoke execute on function public.update_kinkster_provider(uuid, text, text, text) from public, anon, authenticated, service_role;
grant execute on function public.update_kinkster_provider(uuid, text, text, text) to authenticated, service_role;

-- from supabase/schemas/public/kinkster_consent_receipt.sql
-- What was agreed when a turn was answered: which limits were in force and whose they were, and proof of the prompt that
-- carried them.
create or replace function public.kinkster_consent_receipt(p_turn_id uuid)
  returns jsonb
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  v_turn public.kinkster_turns := kinkster.visible_turn(p_turn_id);
begin
  return pg_catalog.jsonb_build_object(
    'success', true,
    'turn_id', v_turn.id,
    'conversation_id', v_turn.conversation_id,
    'kinkster_id', (
      select c.kinkster_id
      from public.kinkster_conversations as c
      where c.user_id = v_turn.user_id and c.id = v_turn.conversation_id
    ),
    'status', v_turn.status,
    'limits', v_turn.limits,
    'limits_sha256', v_turn.limits_sha256,
    'prompt_sha256', v_turn.prompt_sha256,
    'provider', v_turn.provider,
    'rerouted_from', v_turn.rerouted_from,
    'model', v_turn.model,
    'replaced_model', v_turn.replaced_model,
    'safeword_seen', v_turn.safeword_seen,
    'asked_at', v_turn.started_at,
    'ended_at', v_turn.finished_at
  );
end
$$;

comment on function public.kinkster_consent_receipt(uuid) is
  'Receipt of a turn: the hard limits in force by whose they were (platform, user, kinkster), SHA-256 of the limits and of the prompt that carried them, provider and model that were asked, the model that this one replaced, and whether a safeword was seen. Limits, hashes and provider are null for a turn about which no provider was asked. Raises PT404 for a turn that the caller cannot see.';

revoke execute on function public.kinkster_consent_receipt(uuid) from public, anon, authenticated, service_role;
grant execute on function public.kinkster_consent_receipt(uuid) to authenticated;

-- from supabase/schemas/public/rate_kinkster_reply.sql
-- A thumb up or down for a reply, and what there is to say of it. It is the last one that counts.
create or replace function public.rate_kinkster_reply(
  p_turn_id uuid,
  p_rating integer,
  p_note text default null
)
  returns jsonb
  language plpgsql
  volatile
  security invoker
  set search_path = ''
as $$
declare
  v_turn public.kinkster_turns := kinkster.visible_turn(p_turn_id);
  v_note text := case when not kinkster.is_blank(p_note) then p_note end;
begin
  if p_rating not in (1, -1) then
    raise sqlstate 'PT422' using
      message = pg_catalog.format('%s is not a rating.', p_rating),
      hint = 'Use 1 for a good reply, -1 for a bad one, or null to take a rating back.';
  end if;
  if p_rating is null and v_note is not null then
    raise sqlstate 'PT422' using
      message = 'A note goes with a rating.',
      hint = 'Give 1 or -1 with it, or leave it out to take a rating back.';
  end if;
  if pg_catalog.char_length(v_note) > 2000 then
    raise sqlstate 'PT422' using
      message = pg_catalog.format('The note has %s characters; at most 2,000 are kept.', pg_catalog.char_length(v_note)),
      hint = 'Shorten it.';
  end if;
  if v_turn.status <> 'completed' or v_turn.provider is null then
    raise sqlstate 'PT409' using
      message = 'This turn has no whole reply of a provider.',
      hint = 'Rate a turn whose status is completed; the answer to a safeword is nobody''s to rate.';
  end if;

  if p_rating is null then
    delete from public.kinkster_ratings as r
    where r.user_id = v_turn.user_id and r.turn_id = p_turn_id;
  else
    insert into public.kinkster_ratings as r (user_id, turn_id, rating, note)
    values (v_turn.user_id, p_turn_id, p_rating, v_note)
    on conflict (user_id, turn_id) do update
    set rating = excluded.rating, note = excluded.note, rated_at = kinkster.now();
  end if;
  return pg_catalog.jsonb_build_object('success', true, 'turn_id', p_turn_id, 'rating', p_rating, 'note', v_note);
end
$$;

comment on function public.rate_kinkster_reply(uuid, integer, text) is
  'Rates the reply of the caller''s turn: 1 or -1, with a note of at most 2,000 characters; again replaces both, and null takes them back. Returns the rating as it is then. Raises PT404 for a turn that the caller cannot see, PT409 for one without a whole reply of a provider, PT422 for another rating, a longer note, or a note without a rating.';

revoke execute on function public.rate_kinkster_reply(uuid, integer, text) from public, anon, authenticated, service_role;
grant execute on function public.rate_kinkster_reply(uuid, integer, text) to authenticated;

-- from supabase/schemas/kinkster/claim_turn.sql
-- Gives a waiting turn to a worker, with all that it needs to ask the provider. Here the route is decided, the prompt is
-- built, and whether the provider remembers or is told the transcript again. Security definer: workers have no table rights.
create or replace function kinkster.claim_turn(
  p_user_id uuid,
  p_turn_id uuid,
  p_worker text,
  p_stateless boolean default false
)
  returns jsonb
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
declare
  c_look_again constant interval := interval '5 seconds';
  c_longest_wait constant interval := interval '10 minutes';
  v_now timestamptz := kinkster.now();
  v_settings kinkster.settings;
  v_turn public.kinkster_turns;
  v_parent public.kinkster_turns;
  v_kinkster public.kinksters;
  v_chat record;
  v_obstacle record;
  v_failure text[];
  v_provider text;
  v_wait_until timestamptz;
  v_limits text;
  v_limits_sha256 text;
  v_instructions text;
  v_chained boolean;
  v_chosen text;
  v_model text;
begin
  select t.* into v_turn
  from public.kinkster_turns as t
  where t.user_id = p_user_id and t.id = p_turn_id
  for no key update;
  if not found or not coalesce(
    (v_turn.status = 'queued' and coalesce(v_turn.next_attempt_at <= v_now, true))
    or (v_turn.status = 'streaming' and v_turn.lease_expires_at <= v_now),
    false
  ) then
    raise sqlstate 'KW001' using message = 'This turn is not waiting for a worker.';
  end if;

  select s.* into v_settings from kinkster.settings as s;
  select
    c.kinkster_id, c.state, p.submission_state::text as user_state, p.hard_limits, p.soft_limits, p.safewords
  into v_chat
  from public.kinkster_conversations as c
  join public.profiles as p on p.id = c.user_id
  where c.user_id = p_user_id and c.id = v_turn.conversation_id;
  select k.* into v_kinkster
  from public.kinksters as k
  where k.id = v_chat.kinkster_id and (k.user_id = p_user_id or k.is_system_kinkster);

  -- A turn can be inserted without store_message; no model is asked about a safeword either way.
  if kinkster.has_safeword(v_turn.message, v_chat.safewords) then
    -- Others lock the conversation first, then its turn: whoever has it now comes first, since waiting would be a deadlock.
    perform
    from public.kinkster_conversations as c
    where c.user_id = p_user_id and c.id = v_turn.conversation_id
    for no key update skip locked;
    if not found then
      raise sqlstate 'KW001' using message = 'This turn''s conversation is being changed; look again.';
    end if;
    v_turn := kinkster.check_in(p_user_id, v_turn.conversation_id, p_turn_id, v_turn.message);
    return kinkster.turn_in_state(v_turn, 'settled');
  end if;

  -- Asked when the message was sent, and again now: it may have waited.
  v_obstacle := kinkster.chat_obstacle(v_kinkster, v_chat.user_state);
  v_provider := v_kinkster.provider;
  if v_turn.is_shown then
    v_failure := array['worker_lost', 'The worker was lost before the reply was whole.', 'What had arrived is kept. Send the message again to have a whole reply.'];
  elsif v_turn.attempts >= v_settings.max_attempts then
    v_failure := array['worker_lost', 'The reply was interrupted several times and did not finish.', 'Send the message again.'];
  elsif v_kinkster.id is null or v_chat.state <> 'active' or v_obstacle.reason is not null then
    v_failure := array[
      'not_chattable',
      coalesce(v_obstacle.reason, 'This conversation could not go on.'),
      coalesce(v_obstacle.hint, 'Check that the conversation is active and the kinkster still yours.')
    ];
  else
    v_wait_until := kinkster.pass_breaker(v_provider);
    if v_wait_until is not null and v_settings.reroute_while_down and (
      v_provider = 'flowise'
      or coalesce(nullif(v_kinkster.flowise_chatflow_id, ''), v_settings.default_flowise_chatflow_id) is not null
    ) then
      v_provider := case v_provider when 'flowise' then 'openai_responses' else 'flowise' end;
      v_wait_until := kinkster.pass_breaker(v_provider);
    end if;
    if v_wait_until is not null and v_now - coalesce(v_turn.asked_again_at, v_turn.created_at) > c_longest_wait then
      v_failure := array['provider_unavailable', 'The provider is having trouble, and has been for a while.', 'Send the message again later.'];
    end if;
  end if;

  if v_failure is not null then
    update public.kinkster_turns as t
    set
      status = 'failed',
      finished_at = v_now,
      next_attempt_at = null,
      error_code = v_failure[1],
      error_message = v_failure[2],
      error_hint = v_failure[3]
    where t.user_id = p_user_id and t.id = p_turn_id
    returning t.* into v_turn;
    return kinkster.turn_in_state(v_turn, 'settled');
  end if;
  if v_wait_until is not null then
    update public.kinkster_turns as t
    set
      status = 'queued',
      -- The breaker may close before its time: when the turn that tries the provider is answered.
      next_attempt_at = least(v_wait_until, v_now + c_look_again) + pg_catalog.random() * interval '2 seconds',
      error_code = 'provider_unavailable',
      error_message = 'The provider is having trouble.',
      error_hint = 'The message is sent by itself once the provider is back.'
    where t.user_id = p_user_id and t.id = p_turn_id
    returning t.* into v_turn;
    return kinkster.turn_in_state(v_turn, 'waiting');
  end if;

  v_limits := kinkster.limits_block(v_chat.hard_limits, v_kinkster.hard_limits);
  v_limits_sha256 := kinkster.sha256_of(v_limits);
  v_instructions := kinkster.compose_prompt(v_kinkster, v_limits, v_chat.soft_limits);

  -- A provider's memory goes on only from a whole reply of its own, given under the same limits, with no change of
  -- provider since, and, for Flowise, in a session that nothing else has gone on with.
  select t.* into v_parent
  from public.kinkster_turns as t
  where t.user_id = p_user_id and t.id = v_turn.parent_turn_id;
  v_chained := coalesce(
    v_parent.status = 'completed'
    and v_parent.provider = v_provider
    and v_parent.limits_sha256 = v_limits_sha256
    and coalesce(v_kinkster.provider_changed_at <= v_parent.started_at, true)
    and case v_provider
      when 'openai_responses' then v_parent.api = 'responses' and v_parent.response_id is not null and not p_stateless
      else v_parent.session_id is not null and not v_parent.session_taken
    end,
    false
  );
  if v_chained and v_provider = 'flowise' then
    update public.kinkster_turns as t
    set session_taken = true
    where t.user_id = p_user_id and t.id = v_parent.id;
  end if;

  if v_provider = 'openai_responses' then
    v_chosen := coalesce(v_kinkster.openai_model, v_settings.default_openai_model);
    v_model := kinkster.model_in_force(v_chosen, v_now);
  end if;

  update public.kinkster_turns as t
  set
    status = 'streaming',
    provider = v_provider,
    rerouted_from = case when v_provider <> v_kinkster.provider then v_kinkster.provider end,
    model = v_model,
    replaced_model = nullif(v_chosen, v_model),
    session_id = case when v_provider = 'flowise' then
      case when v_chained then v_parent.session_id else pg_catalog.gen_random_uuid() end
    end,
    session_follows_turn_id = case when v_provider = 'flowise' then
      case when v_chained then v_parent.session_follows_turn_id else v_parent.id end
    end,
    session_taken = false,
    continuity = case when v_chained then 'chained' when v_parent.id is null then 'new' else 'rebuilt' end,
    prompt_sha256 = kinkster.sha256_of(v_instructions),
    limits_sha256 = v_limits_sha256,
    limits = pg_catalog.jsonb_build_object(
      'platform', v_settings.platform_hard_limits,
      'user', coalesce(v_chat.hard_limits, '{}'),
      'kinkster', coalesce(v_kinkster.hard_limits, '{}')
    ),
    attempts = t.attempts + 1,
    worker = p_worker,
    lease = pg_catalog.gen_random_uuid(),
    lease_expires_at = v_now + v_settings.lease,
    next_attempt_at = null,
    reply_is_stale = (t.reply <> ''),
    started_at = v_now,
    error_code = null,
    error_message = null,
    error_hint = null
  where t.user_id = p_user_id and t.id = p_turn_id
  returning t.* into v_turn;

  return pg_catalog.jsonb_build_object(
    'state', 'claimed',
    'plan', pg_catalog.jsonb_build_object(
      'user_id', v_turn.user_id,
      'turn_id', v_turn.id,
      'conversation_id', v_turn.conversation_id,
      'lease', v_turn.lease,
      'lease_seconds', extract(epoch from v_settings.lease),
      'attempt', v_turn.attempts,
      'provider', v_turn.provider,
      'model', v_turn.model,
      'instructions', v_instructions,
      'limits', v_limits,
      'message', v_turn.message,
      'previous_response_id', case when v_chained then v_parent.response_id end,
      'history', case
        when not v_chained then kinkster.turn_history(p_user_id, v_parent.id)
        when v_turn.session_follows_turn_id is not null then
          kinkster.turn_history(p_user_id, v_turn.session_follows_turn_id)
      end,
      'chatflow_id', case when v_turn.provider = 'flowise' then
        coalesce(nullif(v_kinkster.flowise_chatflow_id, ''), v_settings.default_flowise_chatflow_id)
      end,
      'session_id', v_turn.session_id,
      'safety_identifier', kinkster.sha256_of(p_user_id::text)
    )
  );
end
$$;

comment on function kinkster.claim_turn(uuid, uuid, text, boolean) is
  'Claims a queued turn, or one whose lease has run out, for a worker: {"state": "claimed", "plan": …}. A turn that can no longer be chatted, was claimed max_attempts times, or whose text had reached a client before its worker was lost, is settled as failed, and one with a safeword as answered: {"state": "settled", …}. While the provider''s breaker is open it goes to the other one, where settings allow, or waits: {"state": "waiting", …}. A model past its end is replaced by the one that the registry names. p_stateless: the server keeps no responses, so the transcript is given. Raises KW001 when the turn is not waiting, or not yet due.';

revoke execute on function kinkster.claim_turn(uuid, uuid, text, boolean) from public, anon, authenticated, service_role;
grant execute on function kinkster.claim_turn(uuid, uuid, text, boolean) to kinkster_worker;

-- from supabase/schemas/kinkster/settle_turn.sql
-- The end of a turn, or of an attempt at it, written once: by the worker that holds its lease. Here is decided whether a
-- failed attempt is repeated: never once a client has been sent text of it.
create or replace function kinkster.settle_turn(p_user_id uuid, p_turn_id uuid, p_lease uuid, p_outcome jsonb)
  returns jsonb
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
declare
  c_keys constant text[] := array[
    'status', 'reply', 'api', 'response_id', 'model', 'first_text_ms', 'input_tokens', 'cached_tokens',
    'cache_write_tokens', 'output_tokens', 'reasoning_tokens', 'error_code', 'error_message', 'error_hint', 'retry_after_seconds',
    'shown'
  ];
  v_now timestamptz := kinkster.now();
  v_status text := p_outcome ->> 'status';
  v_code text := p_outcome ->> 'error_code';
  v_retry_after double precision := (p_outcome ->> 'retry_after_seconds')::double precision;
  v_delay interval;
  v_cost numeric;
  v_turn public.kinkster_turns;
begin
  if pg_catalog.jsonb_typeof(p_outcome) is distinct from 'object' then
    raise sqlstate 'PT400' using
      message = 'An outcome is a JSON object.',
      hint = pg_catalog.format('Use %s.', pg_catalog.array_to_string(c_keys, ', '));
  end if;
  if p_outcome - c_keys <> '{}' then
    raise sqlstate 'PT400' using
      message = pg_catalog.format('These are no keys of an outcome: %s.', p_outcome - c_keys),
      hint = pg_catalog.format('Use %s.', pg_catalog.array_to_string(c_keys, ', '));
  end if;
  if v_status is null or v_status not in ('completed', 'failed', 'cancelled') then
    raise sqlstate 'PT400' using
      message = 'An outcome needs a status.',
      hint = 'Use completed, failed or cancelled.';
  end if;

  select t.* into v_turn
  from public.kinkster_turns as t
  where t.user_id = p_user_id and t.id = p_turn_id and t.lease = p_lease
  for no key update;
  if v_turn.status = 'cancelled' then
    -- Cancelled while it streamed: what had arrived until then is kept. After a safeword or a pause nothing is added.
    if v_turn.error_code = 'cancelled' and p_outcome ->> 'reply' <> ''
      and (v_turn.reply_is_stale or pg_catalog.starts_with(p_outcome ->> 'reply', v_turn.reply)) then
      update public.kinkster_turns as t
      set reply = p_outcome ->> 'reply', reply_is_stale = false
      where t.user_id = p_user_id and t.id = p_turn_id
      returning t.* into v_turn;
    end if;
    return kinkster.settled_as_json(v_turn);
  end if;
  if v_turn.status is distinct from 'streaming' then
    -- The answer to the first call may have been lost on the way: saying the same thing again is no mistake.
    if v_turn.error_code is not distinct from v_code
      and (v_turn.status = v_status or (v_turn.status = 'queued' and v_status = 'failed')) then
      return kinkster.settled_as_json(v_turn);
    end if;
    raise sqlstate 'KW001' using message = 'This turn is no longer leased to this worker.';
  end if;

  if v_status = 'failed' and not v_turn.is_shown and not coalesce((p_outcome ->> 'shown')::boolean, false) then
    if v_code = 'worker_stopped' then
      v_delay := '0';
      v_turn.attempts := v_turn.attempts - 1;  -- handed back by a worker that had to go: nobody's failure
    elsif v_turn.attempts < (select s.max_attempts from kinkster.settings as s) then
      v_delay := kinkster.retry_delay(v_code, v_turn.attempts, v_retry_after);
    end if;
  end if;
  if p_outcome ->> 'input_tokens' is not null then
    v_cost := kinkster.cost_of(
      coalesce(p_outcome ->> 'model', v_turn.model),
      v_now,
      (p_outcome ->> 'input_tokens')::bigint,
      (p_outcome ->> 'cached_tokens')::bigint,
      (p_outcome ->> 'cache_write_tokens')::bigint,
      (p_outcome ->> 'output_tokens')::bigint
    );
  end if;
  update public.kinkster_turns as t
  set
    status = case when v_delay is null then v_status else 'queued' end,
    attempts = v_turn.attempts,
    is_shown = t.is_shown or coalesce((p_outcome ->> 'shown')::boolean, false),
    reply = coalesce(
      case v_status when 'completed' then p_outcome ->> 'reply' else nullif(p_outcome ->> 'reply', '') end,
      t.reply
    ),
    reply_is_stale = v_delay is not null,
    api = p_outcome ->> 'api',
    response_id = p_outcome ->> 'response_id',
    model = coalesce(p_outcome ->> 'model', t.model),
    first_text_ms = (p_outcome ->> 'first_text_ms')::integer,
    input_tokens = (p_outcome ->> 'input_tokens')::bigint,
    cached_tokens = (p_outcome ->> 'cached_tokens')::bigint,
    output_tokens = (p_outcome ->> 'output_tokens')::bigint,
    reasoning_tokens = (p_outcome ->> 'reasoning_tokens')::bigint,
    cache_write_tokens = (p_outcome ->> 'cache_write_tokens')::bigint,
    -- Earlier attempts count too. One that failed without a word of tokens leaves what is known of the others.
    cost_usd = case
      when v_cost is not null then coalesce(t.cost_usd, 0) + v_cost
      when v_status <> 'completed' and p_outcome ->> 'input_tokens' is null then t.cost_usd
    end,
    error_code = v_code,
    error_message = p_outcome ->> 'error_message',
    error_hint = p_outcome ->> 'error_hint',
    next_attempt_at = v_now + coalesce(v_delay, pg_catalog.make_interval(secs => v_retry_after)),
    finished_at = case when v_delay is null then v_now end
  where t.user_id = p_user_id and t.id = p_turn_id
  returning t.* into v_turn;
  if v_delay = '0' then
    perform pg_catalog.pg_notify('kinkster_turns', '');
  end if;
  if v_status = 'completed' or (v_status = 'failed' and v_turn.first_text_ms is null) then
    perform kinkster.note_provider(v_turn.provider, p_user_id, v_code);
  end if;

  -- For clients that read it: the owner's last reply. A system character's row is nobody's to change.
  if v_turn.status = 'completed' and v_turn.provider = 'openai_responses' then
    begin
      update public.kinksters as k
      set openai_previous_response_id = v_turn.response_id
      from public.kinkster_conversations as c
      where c.user_id = p_user_id
        and c.id = v_turn.conversation_id
        and k.id = c.kinkster_id
        and k.user_id = p_user_id
        and k.provider = 'openai_responses'
        and not k.is_system_kinkster;
    exception when check_violation then
      -- A row from before a rule that it breaks can't be written. The reply matters more than this copy of its id.
      null;
    end;
  end if;
  return kinkster.settled_as_json(v_turn);
end
$$;

comment on function kinkster.settle_turn(uuid, uuid, uuid, jsonb) is
  'Ends a leased turn as completed, failed or cancelled, with its reply, tokens, what they cost, and error; the same call again changes nothing. What may pass and was not shown to anybody ("shown") waits as queued for its next attempt instead of failing. Of a turn that was cancelled meanwhile the text is kept. Returns turn_id, status, retry_in_seconds and error as they are then. Raises KW001 when the lease is lost, PT400 for an unknown key or status.';

revoke execute on function kinkster.settle_turn(uuid, uuid, uuid, jsonb) from public, anon, authenticated, service_role;
grant execute on function kinkster.settle_turn(uuid, uuid, uuid, jsonb) to kinkster_worker;
