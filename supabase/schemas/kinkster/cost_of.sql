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
