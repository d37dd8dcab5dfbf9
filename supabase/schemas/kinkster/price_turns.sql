-- For an operator who has added a model or a price: turns whose cost was not known get it, by the price of their day.
create or replace function kinkster.price_turns()
  returns integer
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
declare
  v_created_at timestamptz;
  v_priced integer := 0;
begin
  for v_created_at in
    with priced as (
      update public.kinkster_turns as t
      set cost_usd = c.usd
      from (
        select
          u.user_id, u.id,
          kinkster.cost_of(u.model, u.finished_at, u.input_tokens, u.cached_tokens, u.cache_write_tokens, u.output_tokens) as usd
        from public.kinkster_turns as u
        where u.cost_usd is null and u.input_tokens is not null and u.status in ('completed', 'failed', 'cancelled')
      ) as c
      where t.user_id = c.user_id
        and t.id = c.id
        and c.usd is not null
        and t.cost_usd is null
        and t.status in ('completed', 'failed', 'cancelled')
      returning t.created_at
    )
    select p.created_at from priced as p
  loop
    v_priced := v_priced + 1;
    perform kinkster.reopen_hour(v_created_at);
  end loop;
  return v_priced;
end
$$;

comment on function kinkster.price_turns() is
  'Sets cost_usd of the turns whose tokens are known and whose cost was not, where their model has a price by now. Returns how many.';

revoke execute on function kinkster.price_turns() from public, anon, authenticated, service_role;
grant execute on function kinkster.price_turns() to service_role;
