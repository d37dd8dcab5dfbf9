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
