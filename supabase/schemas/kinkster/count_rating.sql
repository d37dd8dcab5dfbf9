-- Runs after a reply was rated, rated anew, or its rating taken back: adds the difference to the sums that hold its turn. The
-- ratings of a turn that is gone have been taken back with it.
create or replace function kinkster.count_rating()
  returns trigger
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
declare
  v_turn record;
  v_day date;
begin
  select t.user_id, t.id, t.created_at, t.provider, t.model, c.kinkster_id into v_turn
  from public.kinkster_turns as t
  join public.kinkster_conversations as c on c.user_id = t.user_id and c.id = t.conversation_id
  where t.user_id = coalesce(new.user_id, old.user_id) and t.id = coalesce(new.turn_id, old.turn_id)
  for key share of t;
  if not found then
    return null;
  end if;
  v_day := (v_turn.created_at at time zone 'UTC')::date;
  perform kinkster.hold_sums();
  perform pg_catalog.pg_advisory_xact_lock_shared(kinkster.day_lock(v_day));
  insert into kinkster.daily_sums (kinkster_id, day, provider, model, rated_good, rated_bad)
  select
    whose.kinkster_id,
    v_day,
    v_turn.provider,
    v_turn.model,
    coalesce((new.rating = 1)::integer, 0) - coalesce((old.rating = 1)::integer, 0),
    coalesce((new.rating = -1)::integer, 0) - coalesce((old.rating = -1)::integer, 0)
  from (values (null::uuid), (v_turn.kinkster_id)) as whose (kinkster_id)
  where v_turn.created_at < kinkster.rolled_until()
    and not exists (select from kinkster.open_turns as o where o.user_id = v_turn.user_id and o.turn_id = v_turn.id);
  return null;
end
$$;

comment on function kinkster.count_rating() is
  'Trigger function: adds what a change of a rating changes to kinkster.daily_sums.';

revoke execute on function kinkster.count_rating() from public, anon, authenticated, service_role;
