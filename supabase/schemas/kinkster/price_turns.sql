-- For an operator who has added a model or a price: turns whose cost was not known get it, by the price of their day.
create or replace function kinkster.price_turns()
  returns integer
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
declare
  v_turn record;
  v_priced integer := 0;
begin
  for v_turn in
    select t.user_id, t.conversation_id, t.id, c.usd
    from public.kinkster_turns as t
    cross join lateral (
      select kinkster.cost_of(t.model, t.finished_at, t.input_tokens, t.cached_tokens, t.cache_write_tokens, t.output_tokens) as usd
      limit 1
    ) as c
    where t.cost_usd is null
      and t.input_tokens is not null
      and t.status in ('completed', 'failed', 'cancelled')
      and c.usd is not null
  loop
    perform kinkster.take_back_turns(v_turn.user_id, v_turn.conversation_id, v_turn.id, true);
    update public.kinkster_turns as t
    set cost_usd = v_turn.usd
    where t.user_id = v_turn.user_id
      and t.id = v_turn.id
      and t.cost_usd is null
      and t.status in ('completed', 'failed', 'cancelled');
    v_priced := v_priced + found::integer;
  end loop;
  return v_priced;
end
$$;

comment on function kinkster.price_turns() is
  'Sets cost_usd of the turns whose tokens are known and whose cost was not, where their model has a price by now. Returns how many.';

revoke execute on function kinkster.price_turns() from public, anon, authenticated, service_role;
grant execute on function kinkster.price_turns() to service_role;
