-- Never wait long for a lock: better to fail here, with nothing changed, and be run again.
set local lock_timeout = '400ms';

-- from supabase/schemas/kinkster/roll_up_state.sql (sha256 5b6f8ff1966b84caab3d9127d45ca8cd653be1dce3805b2102897b55e82a175b)
-- How far turns are added up.
create table kinkster.roll_up_state (
  only_row boolean primary key default true constraint roll_up_state_is_one_row check (only_row),
  rolled_until timestamptz not null default '-infinity',
  safe_until timestamptz not null default '-infinity',
  noted_at timestamptz,
  noted_xid xid8,
  rolled_at timestamptz
);

comment on table kinkster.roll_up_state is
  'How far kinkster.roll_up_turns has come: exactly one row. Whoever writes in turns of the past by hand, as their owner, sets rolled_until to -infinity afterwards: all is added up again.';
comment on column kinkster.roll_up_state.only_row is 'Always true: it keeps the table at one row.';
comment on column kinkster.roll_up_state.rolled_until is 'Turns of before this are in daily_sums, but for open_turns; all others are read themselves.';
comment on column kinkster.roll_up_state.safe_until is 'No turn of before this can be added any more.';
comment on column kinkster.roll_up_state.noted_at is 'A moment before which all turns are there once the transactions of then are over.';
comment on column kinkster.roll_up_state.noted_xid is 'Transactions before this one ran, or were over, at that moment.';
comment on column kinkster.roll_up_state.rolled_at is 'When kinkster.roll_up_turns last ran.';

insert into kinkster.roll_up_state default values on conflict do nothing;

revoke all on kinkster.roll_up_state from public, anon, authenticated, service_role;
grant select on kinkster.roll_up_state to service_role;

-- from supabase/schemas/kinkster/rolled_until.sql
-- How far sums reach. A clock that was set back makes what is added up of its day into what is to come.
create or replace function kinkster.rolled_until()
  returns timestamptz
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  v_now timestamptz := kinkster.now();
begin
  return (
    select case when s.rolled_until <= v_now then s.rolled_until else pg_catalog.date_trunc('day', v_now, 'UTC') end
    from kinkster.roll_up_state as s
  );
end
$$;

comment on function kinkster.rolled_until() is
  'Turns of before this are in kinkster.daily_sums, but for open_turns; the others are read themselves.';

revoke execute on function kinkster.rolled_until() from public, anon, authenticated, service_role;
grant execute on function kinkster.rolled_until() to service_role;

-- from supabase/schemas/kinkster/day_lock.sql
-- The advisory lock between adding up turns of a day (alone) and changing what they add up to (shared). There are 256 of them:
-- who deletes years of turns holds no more, and days that share one only wait a little.
create or replace function kinkster.day_lock(p_day date)
  returns bigint
  language plpgsql
  immutable
  parallel safe
  security invoker
  set search_path = ''
as $$
begin
  return pg_catalog.hashtextextended('kinkster day ' || (p_day - '2000-01-01'::date) % 256, 0);
end
$$;

comment on function kinkster.day_lock(date) is 'Key of the advisory lock of a day.';

revoke execute on function kinkster.day_lock(date) from public, anon, authenticated, service_role;

-- from supabase/schemas/kinkster/hold_sums.sql
-- A transaction that looks at the past (repeatable read, serializable) may not see which turns are added up by now: it is told
-- to begin again where that is so, and holds adding up until it ends where it is not.
create or replace function kinkster.hold_sums()
  returns void
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
begin
  if pg_catalog.current_setting('transaction_isolation') <> 'read committed' then
    perform from kinkster.roll_up_state as s for share;
  end if;
end
$$;

comment on function kinkster.hold_sums() is
  'Nothing in a transaction of isolation level read committed. In others raises 40001 when turns were added up since it began.';

revoke execute on function kinkster.hold_sums() from public, anon, authenticated, service_role;

-- from supabase/schemas/kinkster/open_turns.sql (sha256 c5e719b531f02d027876b9b179a1bde27d9728d6f3b7da2a7910b16f12ee56cc)
-- Turns that the sums lack, though they reach beyond them: in flight when the sums came by, asked again or priced since.
create table kinkster.open_turns (
  user_id uuid not null,
  turn_id uuid not null,
  day date not null,
  primary key (user_id, turn_id)
);

create index open_turns_day_idx on kinkster.open_turns (day);

comment on table kinkster.open_turns is
  'Turns of before roll_up_state.rolled_until that are read themselves until kinkster.roll_up_turns adds them up.';
comment on column kinkster.open_turns.user_id is 'Whose turn it is.';
comment on column kinkster.open_turns.turn_id is 'The turn; it may have been deleted.';
comment on column kinkster.open_turns.day is 'The day (UTC) that it counts for.';

revoke all on kinkster.open_turns from public, anon, authenticated, service_role;
grant select on kinkster.open_turns to service_role;

-- from supabase/schemas/kinkster/take_back_turns.sql
-- Whoever deletes a turn that has ended, or changes what it adds up to, calls this first: it leaves the sums. First nobody can
-- rate it any more, then no turn of its day is being added up: what is read after that is what the sums hold.
create or replace function kinkster.take_back_turns(
  p_user_id uuid,
  p_conversation_id uuid,
  p_turn_id uuid,
  p_stays boolean
)
  returns void
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
declare
  v_turn_ids uuid[];
begin
  -- Who rates has the rating first, then its turn.
  perform
  from public.kinkster_ratings as r
  join public.kinkster_turns as t on t.user_id = r.user_id and t.id = r.turn_id
  where t.user_id = p_user_id and t.conversation_id = p_conversation_id and t.id = coalesce(p_turn_id, t.id)
  for update of r;
  perform
  from public.kinkster_turns as t
  where t.user_id = p_user_id and t.conversation_id = p_conversation_id and t.id = coalesce(p_turn_id, t.id)
  for update;
  perform kinkster.hold_sums();
  perform pg_catalog.pg_advisory_xact_lock_shared(d.lock)
  from (
    select distinct kinkster.day_lock((t.created_at at time zone 'UTC')::date) as lock
    from public.kinkster_turns as t
    where t.user_id = p_user_id and t.conversation_id = p_conversation_id and t.id = coalesce(p_turn_id, t.id)
  ) as d;

  select pg_catalog.array_agg(t.id) into v_turn_ids
  from public.kinkster_turns as t
  where t.user_id = p_user_id
    and t.conversation_id = p_conversation_id
    and t.id = coalesce(p_turn_id, t.id)
    and t.created_at < kinkster.rolled_until()
    and not exists (select from kinkster.open_turns as o where o.user_id = p_user_id and o.turn_id = t.id);
  if v_turn_ids is null then
    return;
  end if;
  perform kinkster.add_turns(-1, pg_catalog.array_fill(p_user_id, array[pg_catalog.cardinality(v_turn_ids)]), v_turn_ids);
  if p_stays then
    insert into kinkster.open_turns (user_id, turn_id, day)
    select t.user_id, t.id, (t.created_at at time zone 'UTC')::date
    from public.kinkster_turns as t
    where t.user_id = p_user_id and t.id = any(v_turn_ids);
  end if;
end
$$;

comment on function kinkster.take_back_turns(uuid, uuid, uuid, boolean) is
  'Takes a turn, or all of a conversation (p_turn_id null), out of kinkster.daily_sums, before it is deleted, or changed (p_stays): until it is added up again it is read itself. Raises 40001 in a transaction that does not see the sums as they are now.';

revoke execute on function kinkster.take_back_turns(uuid, uuid, uuid, boolean)
  from public, anon, authenticated, service_role;

-- from supabase/schemas/kinkster/take_back_conversation.sql
-- Runs before a conversation is deleted, by itself or with its character or user.
create or replace function kinkster.take_back_conversation()
  returns trigger
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
begin
  perform kinkster.take_back_turns(old.user_id, old.id, null, false);
  return old;
end
$$;

comment on function kinkster.take_back_conversation() is
  'Trigger function: kinkster.take_back_turns for all turns of a conversation.';

revoke execute on function kinkster.take_back_conversation() from public, anon, authenticated, service_role;

-- from supabase/schemas/kinkster/take_back_turn.sql
-- Runs before a turn is deleted. The turns of a conversation that is gone have been taken back with it.
create or replace function kinkster.take_back_turn()
  returns trigger
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
begin
  if exists (
    select from public.kinkster_conversations as c where c.user_id = old.user_id and c.id = old.conversation_id
  ) then
    perform kinkster.take_back_turns(old.user_id, old.conversation_id, old.id, false);
  end if;
  return old;
end
$$;

comment on function kinkster.take_back_turn() is
  'Trigger function: kinkster.take_back_turns for one turn.';

revoke execute on function kinkster.take_back_turn() from public, anon, authenticated, service_role;

-- from supabase/schemas/kinkster/count_rating.sql
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

-- from supabase/schemas/public/kinkster_conversations.sql (sha256 8f709d3ed4a7ee803360ae0f84cd5b940f3198afa7a2931760ded0af0d997433)
alter table public.kinkster_conversations add column if not exists rollout_id uuid;
comment on column public.kinkster_conversations.rollout_id is 'The rollout that has moved it to another provider than its character''s own, or had; null for none.';

create trigger kinkster_conversations_deleted
  before delete on public.kinkster_conversations
  for each row
  execute function kinkster.take_back_conversation();

comment on trigger kinkster_conversations_deleted on public.kinkster_conversations is
  'Takes the turns of a deleted conversation out of the figures. It is the only one, and not on the path of a turn.';

-- from supabase/schemas/public/kinkster_turns.sql (sha256 1ed462d392354e9b0c4ca95b4ac8764054a1b0710c14df0015c3da8aacb8af57)
alter table public.kinkster_turns
  add column if not exists rebuilt_because text,
  add constraint turn_rebuilt_because_is_known check (
    rebuilt_because in ('provider_changed', 'limits_changed', 'unfinished', 'branched', 'stateless', 'forgotten')
  ) not valid;
comment on column public.kinkster_turns.rebuilt_because is
  'Why it was rebuilt: provider_changed; limits_changed; unfinished (the turn before had no whole reply of a provider); branched (another turn went on with the session); stateless (the server keeps none); forgotten (the provider no longer knew it).';
comment on column public.kinkster_turns.provider is 'Who was asked, or could not be since it was down.';

-- What happened is written by the worker's functions alone, and roll-ups rely on it.
revoke insert, update on public.kinkster_turns from service_role;
grant insert (user_id, id, conversation_id, parent_turn_id, message) on public.kinkster_turns to service_role;

create trigger kinkster_turns_deleted
  before delete on public.kinkster_turns
  for each row
  execute function kinkster.take_back_turn();

comment on trigger kinkster_turns_deleted on public.kinkster_turns is
  'Takes a deleted turn out of the figures. It is the only one, and not on the path of a turn.';

-- from supabase/schemas/public/kinkster_ratings.sql (sha256 ae6ff775aa8fa234925281667bcb8eac68a214336e809b87ff8324232b562764)
create trigger kinkster_ratings_changed
  after insert or update or delete on public.kinkster_ratings
  for each row
  execute function kinkster.count_rating();

comment on trigger kinkster_ratings_changed on public.kinkster_ratings is
  'Counts the rating in the figures.';

-- from supabase/schemas/kinkster/histogram_percentiles.sql
-- Reads percentiles out of a histogram. A bucket is 10 % wide and answers with its middle, so a time is right within 5 %.
-- How many times lie in the lowest buckets is the sum of groups of twelve digits, and that is the remainder of dividing by
-- twelve nines, as the sum of a number's digits is by nine: no loop over the buckets, of which a month's figures have many.
create or replace function kinkster.histogram_percentiles(p_histogram numeric, p_fractions double precision[])
  returns integer[]
  language plpgsql
  immutable
  parallel safe
  security invoker
  set search_path = ''
as $$
declare
  c_digits constant integer := 12;
  c_nines constant numeric := '999999999999'::numeric;
  v_digits text := p_histogram::text;
  v_low integer := (pg_catalog.length(v_digits) - pg_catalog.length(pg_catalog.rtrim(v_digits, '0'))) / c_digits;
  v_high integer;
  v_middle integer;
  v_turns numeric := p_histogram % c_nines;
  v_fraction double precision;
  v_wanted numeric;
  v_times integer[];
begin
  if v_turns is null or v_turns = 0 then
    return null;
  end if;
  foreach v_fraction in array p_fractions loop
    v_wanted := v_fraction::numeric * v_turns;
    v_high := (pg_catalog.length(v_digits) - 1) / c_digits;
    while v_low < v_high loop
      v_middle := (v_low + v_high) / 2;
      if pg_catalog.right(v_digits, c_digits * (v_middle + 1))::numeric % c_nines < v_wanted then
        v_low := v_middle + 1;
      else
        v_high := v_middle;
      end if;
    end loop;
    v_times := v_times || pg_catalog.round(pg_catalog.power(1.1::double precision, v_low + 0.5))::integer;
  end loop;
  return v_times;
end
$$;

comment on function kinkster.histogram_percentiles(numeric, double precision[]) is
  'For each fraction, in ascending order between 0 and 1, the time in milliseconds, within 5 %, that so many of a histogram''s times do not exceed (as percentile_disc). Null for a histogram of nothing.';

revoke execute on function kinkster.histogram_percentiles(numeric, double precision[])
  from public, anon, authenticated, service_role;
grant execute on function kinkster.histogram_percentiles(numeric, double precision[]) to authenticated, service_role;

-- from supabase/schemas/kinkster/measured_turns.sql
-- What each turn adds to the figures: every measure is a column that is only ever summed. All views and sums read turns
-- through this one, so that they agree. Under row security: a user sees their own. A time is a histogram of one, and a
-- histogram is a number: twelve decimal digits a bucket, the shortest times in the lowest; a bucket reaches from 1.1^n to
-- 1.1^(n+1) milliseconds. So adding histograms is adding numbers, which sum() does quickly and exactly.
create or replace view kinkster.measured_turns
  with (security_invoker = true)
as
select
  t.user_id,
  t.id as turn_id,
  t.conversation_id,
  c.kinkster_id,
  t.created_at,
  t.provider,
  t.model,
  1::bigint as turns,
  (t.status in ('queued', 'streaming'))::integer::bigint as in_flight,
  (t.status = 'completed')::integer::bigint as completed,
  (t.status = 'cancelled')::integer::bigint as cancelled,
  (t.status = 'failed')::integer::bigint as failed,
  (
    t.status = 'failed'
    and t.error_code in ('provider_unreachable', 'provider_timeout', 'provider_unavailable')
  )::integer::bigint as failed_unavailable,
  (
    t.status = 'failed'
    and t.error_code in ('provider_rate_limited', 'provider_quota_exhausted')
  )::integer::bigint as failed_limited,
  (
    t.status = 'failed'
    and t.error_code in ('provider_unauthorized', 'provider_not_configured', 'provider_rejected')
  )::integer::bigint as failed_rejected,
  (
    t.status = 'failed'
    and t.error_code in ('provider_misbehaved', 'provider_error', 'reply_cut_off', 'reply_empty')
  )::integer::bigint as failed_misbehaved,
  (
    t.status = 'failed'
    and t.error_code in ('reply_incomplete', 'reply_filtered', 'reply_refused')
  )::integer::bigint as failed_by_model,
  (
    t.status = 'failed'
    and t.error_code not in (
      'provider_unreachable', 'provider_timeout', 'provider_unavailable',
      'provider_rate_limited', 'provider_quota_exhausted',
      'provider_unauthorized', 'provider_not_configured', 'provider_rejected',
      'provider_misbehaved', 'provider_error', 'reply_cut_off', 'reply_empty',
      'reply_incomplete', 'reply_filtered', 'reply_refused'
    )
  )::integer::bigint as failed_by_us,
  coalesce((t.continuity = 'chained')::integer::bigint, 0) as chained,
  coalesce((t.continuity = 'rebuilt')::integer::bigint, 0) as rebuilt,
  coalesce((t.rebuilt_because = 'provider_changed')::integer::bigint, 0) as rebuilt_provider_changed,
  coalesce((t.rebuilt_because = 'limits_changed')::integer::bigint, 0) as rebuilt_limits_changed,
  coalesce((t.rebuilt_because = 'unfinished')::integer::bigint, 0) as rebuilt_unfinished,
  coalesce((t.rebuilt_because = 'branched')::integer::bigint, 0) as rebuilt_branched,
  coalesce((t.rebuilt_because = 'stateless')::integer::bigint, 0) as rebuilt_stateless,
  coalesce((t.rebuilt_because = 'forgotten')::integer::bigint, 0) as rebuilt_forgotten,
  (t.input_tokens is not null)::integer::bigint as tokens_known,
  coalesce(t.input_tokens, 0) as input_tokens,
  coalesce(t.cached_tokens, 0) as cached_tokens,
  coalesce(t.cache_write_tokens, 0) as cache_write_tokens,
  coalesce(t.output_tokens, 0) as output_tokens,
  coalesce(t.reasoning_tokens, 0) as reasoning_tokens,
  case when f.streamed_ms >= 100 then pg_catalog.char_length(t.reply)::bigint else 0 end as streamed_characters,
  case when f.streamed_ms >= 100 then f.streamed_ms else 0 end as streamed_ms,
  (t.cost_usd is not null)::integer::bigint as cost_known,
  coalesce(t.cost_usd, 0) as cost_usd,
  (t.status = 'completed' and t.cost_usd is not null)::integer::bigint as priced,
  (
    t.started_at is not null and t.provider is not null and t.cost_usd is null and t.status not in ('queued', 'streaming')
  )::integer::bigint as cost_unknown,
  coalesce((r.rating = 1)::integer::bigint, 0) as rated_good,
  coalesce((r.rating = -1)::integer::bigint, 0) as rated_bad,
  case
    when f.first_text_ms is null then 0
    else ('1e' || 12 * least(floor(ln(greatest(f.first_text_ms, 1)) / ln(1.1)), 180))::numeric
  end as first_text_times,
  case
    when f.duration_ms is null then 0
    else ('1e' || 12 * least(floor(ln(greatest(f.duration_ms, 1)) / ln(1.1)), 180))::numeric
  end as duration_times
from public.kinkster_turns as t
inner join public.kinkster_conversations as c on t.user_id = c.user_id and t.conversation_id = c.id
left join public.kinkster_ratings as r on t.user_id = r.user_id and t.id = r.turn_id
cross join lateral ( -- noqa: ST05
  select
    case when t.status = 'completed' and t.provider is not null then t.first_text_ms end as first_text_ms,
    case when t.status = 'completed' and t.provider is not null then
      (extract(epoch from t.finished_at - t.started_at) * 1000)::bigint
    end as duration_ms,
    case when t.status = 'completed' and t.provider is not null then
      (extract(epoch from t.finished_at - t.started_at) * 1000)::bigint - t.first_text_ms
    end as streamed_ms
  order by 1
  limit 1 -- once a turn, not once a column
) as f;

comment on view kinkster.measured_turns is
  'One row per turn with what it adds to each figure; what is not known adds 0. Times are those of whole replies of a provider.';
comment on column kinkster.measured_turns.user_id is 'Whose turn it is.';
comment on column kinkster.measured_turns.turn_id is 'The turn.';
comment on column kinkster.measured_turns.conversation_id is 'Its conversation.';
comment on column kinkster.measured_turns.kinkster_id is 'The character.';
comment on column kinkster.measured_turns.created_at is 'When the message was stored: the day (UTC) that the turn counts for.';
comment on column kinkster.measured_turns.provider is 'Who was asked, or could not be since it was down; null: nobody, as with a safeword.';
comment on column kinkster.measured_turns.model is 'Model that was asked, as far as it is known.';
comment on column kinkster.measured_turns.turns is 'Turns.';
comment on column kinkster.measured_turns.in_flight is 'Those that wait or stream.';
comment on column kinkster.measured_turns.completed is 'Those with a whole reply.';
comment on column kinkster.measured_turns.cancelled is 'Those that were cancelled: by the user, a safeword, a pause, or a client that left.';
comment on column kinkster.measured_turns.failed is 'Those that failed, of any class.';
comment on column kinkster.measured_turns.failed_unavailable is 'Failed: the provider could not be reached, answered with a 5xx, or not in time.';
comment on column kinkster.measured_turns.failed_limited is 'Failed: a rate limit or a quota of the provider.';
comment on column kinkster.measured_turns.failed_rejected is 'Failed: the provider refused the key or the request, or is not set up.';
comment on column kinkster.measured_turns.failed_misbehaved is 'Failed: what came was no reply, was empty, was cut off, or ended in an error.';
comment on column kinkster.measured_turns.failed_by_model is 'Failed: the model declined, was filtered, or ran into a limit of length.';
comment on column kinkster.measured_turns.failed_by_us is 'Failed: not by the provider''s doing.';
comment on column kinkster.measured_turns.chained is 'Continuity: the provider remembered.';
comment on column kinkster.measured_turns.rebuilt is 'Continuity: the context was sent from the transcript.';
comment on column kinkster.measured_turns.rebuilt_provider_changed is 'Rebuilt, since the provider had changed.';
comment on column kinkster.measured_turns.rebuilt_limits_changed is 'Rebuilt, since the hard limits had changed.';
comment on column kinkster.measured_turns.rebuilt_unfinished is 'Rebuilt, since the turn before had no whole reply of a provider.';
comment on column kinkster.measured_turns.rebuilt_branched is 'Rebuilt, since another turn had gone on with the session.';
comment on column kinkster.measured_turns.rebuilt_stateless is 'Rebuilt, since the server keeps no replies.';
comment on column kinkster.measured_turns.rebuilt_forgotten is 'Rebuilt, since the provider no longer knew the reply before.';
comment on column kinkster.measured_turns.tokens_known is 'Turns whose provider said how many tokens they took.';
comment on column kinkster.measured_turns.input_tokens is 'Tokens sent.';
comment on column kinkster.measured_turns.cached_tokens is 'Those of them read from a provider''s cache.';
comment on column kinkster.measured_turns.cache_write_tokens is 'Those of them written to a provider''s cache.';
comment on column kinkster.measured_turns.output_tokens is 'Tokens received, reasoning included.';
comment on column kinkster.measured_turns.reasoning_tokens is 'Those of them spent on reasoning.';
comment on column kinkster.measured_turns.streamed_characters is 'Characters of the whole replies that took 100 ms or more from their first text to their end.';
comment on column kinkster.measured_turns.streamed_ms is 'Milliseconds that those took for it.';
comment on column kinkster.measured_turns.cost_known is 'Turns whose cost is known.';
comment on column kinkster.measured_turns.cost_usd is 'What is known of their cost in US dollars.';
comment on column kinkster.measured_turns.priced is 'Whole replies whose cost is known.';
comment on column kinkster.measured_turns.cost_unknown is 'Turns that asked a provider and whose cost is not known.';
comment on column kinkster.measured_turns.rated_good is 'Replies rated good.';
comment on column kinkster.measured_turns.rated_bad is 'Replies rated bad.';
comment on column kinkster.measured_turns.first_text_times is 'Times to the first text of whole replies, as a histogram.';
comment on column kinkster.measured_turns.duration_times is 'Times from asking to the end of whole replies, as a histogram.';

revoke all on kinkster.measured_turns from public, anon, authenticated, service_role;
grant select on kinkster.measured_turns to authenticated, service_role;

-- from supabase/schemas/public/kinkster_metrics.sql
-- What a user's own turns say, for a page about one's characters: read from the turns themselves, under row security.
create or replace view public.kinkster_metrics
  with (security_invoker = true)
as
select -- noqa: ST06
  g.day,
  g.kinkster_id,
  g.provider,
  g.model,
  g.turns,
  g.in_flight,
  g.completed,
  g.cancelled,
  g.failed,
  g.failed_unavailable,
  g.failed_limited,
  g.failed_rejected,
  g.failed_misbehaved,
  g.failed_by_model,
  g.failed_by_us,
  round((g.failed - g.failed_by_us) / nullif(g.completed + g.failed - g.failed_by_us, 0), 4) as error_rate,
  g.first_text[1] as first_text_p50_ms,
  g.first_text[2] as first_text_p95_ms,
  g.first_text[3] as first_text_p99_ms,
  g.duration[1] as duration_p50_ms,
  g.duration[2] as duration_p95_ms,
  g.duration[3] as duration_p99_ms,
  round(1000 * g.streamed_characters / nullif(g.streamed_ms, 0), 1) as characters_per_second,
  g.chained,
  g.rebuilt,
  g.rebuilt_provider_changed,
  g.rebuilt_limits_changed,
  g.rebuilt_unfinished,
  g.rebuilt_branched,
  g.rebuilt_stateless,
  g.rebuilt_forgotten,
  g.input_tokens,
  g.cached_tokens,
  g.cache_write_tokens,
  g.output_tokens,
  g.reasoning_tokens,
  g.cost_usd,
  g.cost_unknown,
  g.cost_usd / nullif(g.priced, 0) as cost_per_message_usd,
  g.rated_good,
  g.rated_bad
from (
  select
    m.kinkster_id,
    m.provider,
    m.model,
    (m.created_at at time zone 'UTC')::date as day,
    sum(m.turns) as turns,
    sum(m.in_flight) as in_flight,
    sum(m.completed) as completed,
    sum(m.cancelled) as cancelled,
    sum(m.failed) as failed,
    sum(m.failed_unavailable) as failed_unavailable,
    sum(m.failed_limited) as failed_limited,
    sum(m.failed_rejected) as failed_rejected,
    sum(m.failed_misbehaved) as failed_misbehaved,
    sum(m.failed_by_model) as failed_by_model,
    sum(m.failed_by_us) as failed_by_us,
    sum(m.chained) as chained,
    sum(m.rebuilt) as rebuilt,
    sum(m.rebuilt_provider_changed) as rebuilt_provider_changed,
    sum(m.rebuilt_limits_changed) as rebuilt_limits_changed,
    sum(m.rebuilt_unfinished) as rebuilt_unfinished,
    sum(m.rebuilt_branched) as rebuilt_branched,
    sum(m.rebuilt_stateless) as rebuilt_stateless,
    sum(m.rebuilt_forgotten) as rebuilt_forgotten,
    case when sum(m.tokens_known) > 0 then sum(m.input_tokens) end as input_tokens,
    case when sum(m.tokens_known) > 0 then sum(m.cached_tokens) end as cached_tokens,
    case when sum(m.tokens_known) > 0 then sum(m.cache_write_tokens) end as cache_write_tokens,
    case when sum(m.tokens_known) > 0 then sum(m.output_tokens) end as output_tokens,
    case when sum(m.tokens_known) > 0 then sum(m.reasoning_tokens) end as reasoning_tokens,
    sum(m.streamed_characters) as streamed_characters,
    sum(m.streamed_ms) as streamed_ms,
    case when sum(m.cost_known) > 0 then sum(m.cost_usd) end as cost_usd,
    sum(m.priced) as priced,
    sum(m.cost_unknown) as cost_unknown,
    sum(m.rated_good) as rated_good,
    sum(m.rated_bad) as rated_bad,
    kinkster.histogram_percentiles(sum(m.first_text_times), array[0.5, 0.95, 0.99]) as first_text,
    kinkster.histogram_percentiles(sum(m.duration_times), array[0.5, 0.95, 0.99]) as duration
  from kinkster.measured_turns as m
  group by m.kinkster_id, m.provider, m.model, (m.created_at at time zone 'UTC')::date
) as g;

comment on view public.kinkster_metrics is
  'Figures of the caller''s own turns by day (UTC), character, provider and model.';
comment on column public.kinkster_metrics.day is 'Day (UTC) on which the messages were stored.';
comment on column public.kinkster_metrics.kinkster_id is 'The character.';
comment on column public.kinkster_metrics.provider is 'Who was asked, or could not be since it was down; null: nobody, as with a safeword.';
comment on column public.kinkster_metrics.model is 'Model that was asked, as far as it is known.';
comment on column public.kinkster_metrics.turns is 'Turns.';
comment on column public.kinkster_metrics.in_flight is 'Those that wait or stream.';
comment on column public.kinkster_metrics.completed is 'Those with a whole reply.';
comment on column public.kinkster_metrics.cancelled is 'Those that were cancelled: by the user, a safeword, a pause, or a client that left.';
comment on column public.kinkster_metrics.failed is 'Those that failed, of any class.';
comment on column public.kinkster_metrics.failed_unavailable is 'Failed: the provider could not be reached, answered with a 5xx, or not in time.';
comment on column public.kinkster_metrics.failed_limited is 'Failed: a rate limit or a quota of the provider.';
comment on column public.kinkster_metrics.failed_rejected is 'Failed: the provider refused the key or the request, or is not set up.';
comment on column public.kinkster_metrics.failed_misbehaved is 'Failed: what came was no reply, was empty, was cut off, or ended in an error.';
comment on column public.kinkster_metrics.failed_by_model is 'Failed: the model declined, was filtered, or ran into a limit of length.';
comment on column public.kinkster_metrics.failed_by_us is 'Failed: not by the provider''s doing.';
comment on column public.kinkster_metrics.error_rate is 'Share of the provider''s faults (all classes but failed_by_us) in those and the whole replies; null without any.';
comment on column public.kinkster_metrics.first_text_p50_ms is 'Milliseconds from asking to the first text of whole replies: half of them took at most so long. Within 5 %.';
comment on column public.kinkster_metrics.first_text_p95_ms is 'The same for 95 of 100.';
comment on column public.kinkster_metrics.first_text_p99_ms is 'The same for 99 of 100.';
comment on column public.kinkster_metrics.duration_p50_ms is 'Milliseconds from asking to the end of whole replies: half of them took at most so long. Within 5 %.';
comment on column public.kinkster_metrics.duration_p95_ms is 'The same for 95 of 100.';
comment on column public.kinkster_metrics.duration_p99_ms is 'The same for 99 of 100.';
comment on column public.kinkster_metrics.characters_per_second is 'Characters a second between first text and end, of replies that took 100 ms or more for it.';
comment on column public.kinkster_metrics.chained is 'Continuity: the provider remembered.';
comment on column public.kinkster_metrics.rebuilt is 'Continuity: the context was sent from the transcript.';
comment on column public.kinkster_metrics.rebuilt_provider_changed is 'Rebuilt, since the provider had changed.';
comment on column public.kinkster_metrics.rebuilt_limits_changed is 'Rebuilt, since the hard limits had changed.';
comment on column public.kinkster_metrics.rebuilt_unfinished is 'Rebuilt, since the turn before had no whole reply of a provider.';
comment on column public.kinkster_metrics.rebuilt_branched is 'Rebuilt, since another turn had gone on with the session.';
comment on column public.kinkster_metrics.rebuilt_stateless is 'Rebuilt, since the server keeps no replies.';
comment on column public.kinkster_metrics.rebuilt_forgotten is 'Rebuilt, since the provider no longer knew the reply before.';
comment on column public.kinkster_metrics.input_tokens is 'Tokens sent; null when no provider said.';
comment on column public.kinkster_metrics.cached_tokens is 'Those of them read from a provider''s cache.';
comment on column public.kinkster_metrics.cache_write_tokens is 'Those of them written to a provider''s cache.';
comment on column public.kinkster_metrics.output_tokens is 'Tokens received, reasoning included.';
comment on column public.kinkster_metrics.reasoning_tokens is 'Those of them spent on reasoning.';
comment on column public.kinkster_metrics.cost_usd is 'What is known of their cost in US dollars; null when nothing is.';
comment on column public.kinkster_metrics.cost_unknown is 'Turns that asked a provider and whose cost is not known.';
comment on column public.kinkster_metrics.cost_per_message_usd is 'US dollars a whole reply whose cost is known; failed attempts included. Null when nothing is known; see cost_unknown.';
comment on column public.kinkster_metrics.rated_good is 'Replies rated good.';
comment on column public.kinkster_metrics.rated_bad is 'Replies rated bad.';

revoke all on public.kinkster_metrics from public, anon, authenticated, service_role;
grant select on public.kinkster_metrics to authenticated, service_role;

-- from supabase/schemas/kinkster/daily_sums.sql (sha256 de0069dc8d06ae6091a9145c221aea213796f686aae543df4f75ae732058f5b3)
-- Turns added up: what views of a month read instead of millions of turns. Sums can be added to: what is new, deleted or rated
-- appends rows (is_change), some of them negative, and kinkster.roll_up_turns folds them into one row each.
create table kinkster.daily_sums (
  id bigint generated always as identity primary key,
  kinkster_id uuid,
  day date not null,
  provider text,
  model text,
  is_change boolean not null default true,
  turns bigint not null default 0,
  in_flight bigint not null default 0,
  completed bigint not null default 0,
  cancelled bigint not null default 0,
  failed bigint not null default 0,
  failed_unavailable bigint not null default 0,
  failed_limited bigint not null default 0,
  failed_rejected bigint not null default 0,
  failed_misbehaved bigint not null default 0,
  failed_by_model bigint not null default 0,
  failed_by_us bigint not null default 0,
  chained bigint not null default 0,
  rebuilt bigint not null default 0,
  rebuilt_provider_changed bigint not null default 0,
  rebuilt_limits_changed bigint not null default 0,
  rebuilt_unfinished bigint not null default 0,
  rebuilt_branched bigint not null default 0,
  rebuilt_stateless bigint not null default 0,
  rebuilt_forgotten bigint not null default 0,
  tokens_known bigint not null default 0,
  input_tokens bigint not null default 0,
  cached_tokens bigint not null default 0,
  cache_write_tokens bigint not null default 0,
  output_tokens bigint not null default 0,
  reasoning_tokens bigint not null default 0,
  streamed_characters bigint not null default 0,
  streamed_ms bigint not null default 0,
  cost_known bigint not null default 0,
  cost_usd numeric not null default 0,
  priced bigint not null default 0,
  cost_unknown bigint not null default 0,
  rated_good bigint not null default 0,
  rated_bad bigint not null default 0,
  first_text_times numeric not null default 0,
  duration_times numeric not null default 0
);

create unique index a_day_has_one_sum on kinkster.daily_sums (kinkster_id, day, provider, model) nulls not distinct
  where not is_change;
create index daily_sums_kinkster_day_idx on kinkster.daily_sums (kinkster_id, day);
create index daily_sums_changes_idx on kinkster.daily_sums (id) where is_change;

comment on table kinkster.daily_sums is
  'Sums of one day, character, provider and model, and of all characters together where kinkster_id is null. Read kinkster.provider_metrics and kinkster.character_metrics instead, which are right at any moment.';
comment on column kinkster.daily_sums.id is 'A number of its own.';
comment on column kinkster.daily_sums.kinkster_id is 'The character; null: all of them together.';
comment on column kinkster.daily_sums.day is 'Day (UTC) on which the messages were stored.';
comment on column kinkster.daily_sums.provider is 'Who was asked, or could not be since it was down; null: nobody, as with a safeword.';
comment on column kinkster.daily_sums.model is 'Model that was asked, as far as it is known.';
comment on column kinkster.daily_sums.is_change is 'Whether it adds to the one row that is the sum, or takes from it.';
comment on column kinkster.daily_sums.turns is 'Turns.';
comment on column kinkster.daily_sums.in_flight is 'Those that wait or stream.';
comment on column kinkster.daily_sums.completed is 'Those with a whole reply.';
comment on column kinkster.daily_sums.cancelled is 'Those that were cancelled: by the user, a safeword, a pause, or a client that left.';
comment on column kinkster.daily_sums.failed is 'Those that failed, of any class.';
comment on column kinkster.daily_sums.failed_unavailable is 'Failed: the provider could not be reached, answered with a 5xx, or not in time.';
comment on column kinkster.daily_sums.failed_limited is 'Failed: a rate limit or a quota of the provider.';
comment on column kinkster.daily_sums.failed_rejected is 'Failed: the provider refused the key or the request, or is not set up.';
comment on column kinkster.daily_sums.failed_misbehaved is 'Failed: what came was no reply, was empty, was cut off, or ended in an error.';
comment on column kinkster.daily_sums.failed_by_model is 'Failed: the model declined, was filtered, or ran into a limit of length.';
comment on column kinkster.daily_sums.failed_by_us is 'Failed: not by the provider''s doing.';
comment on column kinkster.daily_sums.chained is 'Continuity: the provider remembered.';
comment on column kinkster.daily_sums.rebuilt is 'Continuity: the context was sent from the transcript.';
comment on column kinkster.daily_sums.rebuilt_provider_changed is 'Rebuilt, since the provider had changed.';
comment on column kinkster.daily_sums.rebuilt_limits_changed is 'Rebuilt, since the hard limits had changed.';
comment on column kinkster.daily_sums.rebuilt_unfinished is 'Rebuilt, since the turn before had no whole reply of a provider.';
comment on column kinkster.daily_sums.rebuilt_branched is 'Rebuilt, since another turn had gone on with the session.';
comment on column kinkster.daily_sums.rebuilt_stateless is 'Rebuilt, since the server keeps no replies.';
comment on column kinkster.daily_sums.rebuilt_forgotten is 'Rebuilt, since the provider no longer knew the reply before.';
comment on column kinkster.daily_sums.tokens_known is 'Turns whose provider said how many tokens they took.';
comment on column kinkster.daily_sums.input_tokens is 'Tokens sent.';
comment on column kinkster.daily_sums.cached_tokens is 'Those of them read from a provider''s cache.';
comment on column kinkster.daily_sums.cache_write_tokens is 'Those of them written to a provider''s cache.';
comment on column kinkster.daily_sums.output_tokens is 'Tokens received, reasoning included.';
comment on column kinkster.daily_sums.reasoning_tokens is 'Those of them spent on reasoning.';
comment on column kinkster.daily_sums.streamed_characters is 'Characters of the whole replies that took 100 ms or more from their first text to their end.';
comment on column kinkster.daily_sums.streamed_ms is 'Milliseconds that those took for it.';
comment on column kinkster.daily_sums.cost_known is 'Turns whose cost is known.';
comment on column kinkster.daily_sums.cost_usd is 'What is known of their cost in US dollars.';
comment on column kinkster.daily_sums.priced is 'Whole replies whose cost is known.';
comment on column kinkster.daily_sums.cost_unknown is 'Turns that asked a provider and whose cost is not known.';
comment on column kinkster.daily_sums.rated_good is 'Replies rated good.';
comment on column kinkster.daily_sums.rated_bad is 'Replies rated bad.';
comment on column kinkster.daily_sums.first_text_times is 'Times to the first text of whole replies, as a histogram.';
comment on column kinkster.daily_sums.duration_times is 'Times from asking to the end of whole replies, as a histogram.';

revoke all on kinkster.daily_sums from public, anon, authenticated, service_role;
grant select on kinkster.daily_sums to service_role;

-- from supabase/schemas/kinkster/add_turns.sql
-- Adds turns to the sums, or takes them out. Each is looked up by its key, with all that belongs to it: the planner, which can't
-- tell that keys are keys, would compare each of them with every conversation.
create or replace function kinkster.add_turns(p_sign integer, p_user_ids uuid[], p_turn_ids uuid[])
  returns void
  language plpgsql
  volatile
  security definer
  set search_path = ''
  set plan_cache_mode = 'force_custom_plan'
  set enable_seqscan = off
as $$
begin
  insert into kinkster.daily_sums (
    kinkster_id, day, provider, model,
    turns, in_flight, completed, cancelled, failed, failed_unavailable, failed_limited, failed_rejected,
    failed_misbehaved, failed_by_model, failed_by_us, chained, rebuilt, rebuilt_provider_changed,
    rebuilt_limits_changed, rebuilt_unfinished, rebuilt_branched, rebuilt_stateless, rebuilt_forgotten, tokens_known,
    input_tokens, cached_tokens, cache_write_tokens, output_tokens, reasoning_tokens, streamed_characters, streamed_ms,
    cost_known, cost_usd, priced, cost_unknown, rated_good, rated_bad, first_text_times, duration_times
  )
  select
    m.kinkster_id, d.day, m.provider, m.model,
    p_sign * sum(m.turns), p_sign * sum(m.in_flight), p_sign * sum(m.completed), p_sign * sum(m.cancelled),
    p_sign * sum(m.failed), p_sign * sum(m.failed_unavailable), p_sign * sum(m.failed_limited),
    p_sign * sum(m.failed_rejected), p_sign * sum(m.failed_misbehaved), p_sign * sum(m.failed_by_model),
    p_sign * sum(m.failed_by_us), p_sign * sum(m.chained), p_sign * sum(m.rebuilt),
    p_sign * sum(m.rebuilt_provider_changed), p_sign * sum(m.rebuilt_limits_changed),
    p_sign * sum(m.rebuilt_unfinished), p_sign * sum(m.rebuilt_branched), p_sign * sum(m.rebuilt_stateless),
    p_sign * sum(m.rebuilt_forgotten), p_sign * sum(m.tokens_known), p_sign * sum(m.input_tokens),
    p_sign * sum(m.cached_tokens), p_sign * sum(m.cache_write_tokens), p_sign * sum(m.output_tokens),
    p_sign * sum(m.reasoning_tokens), p_sign * sum(m.streamed_characters), p_sign * sum(m.streamed_ms),
    p_sign * sum(m.cost_known), p_sign * sum(m.cost_usd), p_sign * sum(m.priced), p_sign * sum(m.cost_unknown),
    p_sign * sum(m.rated_good), p_sign * sum(m.rated_bad), p_sign * sum(m.first_text_times),
    p_sign * sum(m.duration_times)
  from unnest(p_user_ids, p_turn_ids) as key (user_id, turn_id)
  join kinkster.measured_turns as m on m.user_id = key.user_id and m.turn_id = key.turn_id
  cross join lateral (select (m.created_at at time zone 'UTC')::date as day) as d
  group by grouping sets ((d.day, m.kinkster_id, m.provider, m.model), (d.day, m.provider, m.model));
end
$$;

comment on function kinkster.add_turns(integer, uuid[], uuid[]) is
  'Appends to kinkster.daily_sums what the turns with these keys add up to, p_sign being 1, or takes it out, -1.';

revoke execute on function kinkster.add_turns(integer, uuid[], uuid[]) from public, anon, authenticated, service_role;

-- from supabase/schemas/kinkster/fold_sums.sql
-- Folds what was appended to the sums into them.
create or replace function kinkster.fold_sums()
  returns void
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
begin
  with change as (
    delete from kinkster.daily_sums as s where s.is_change returning s.*
  )

  insert into kinkster.daily_sums as s (
    kinkster_id, day, provider, model, is_change,
    turns, in_flight, completed, cancelled, failed, failed_unavailable, failed_limited, failed_rejected,
    failed_misbehaved, failed_by_model, failed_by_us, chained, rebuilt, rebuilt_provider_changed,
    rebuilt_limits_changed, rebuilt_unfinished, rebuilt_branched, rebuilt_stateless, rebuilt_forgotten, tokens_known,
    input_tokens, cached_tokens, cache_write_tokens, output_tokens, reasoning_tokens, streamed_characters, streamed_ms,
    cost_known, cost_usd, priced, cost_unknown, rated_good, rated_bad, first_text_times, duration_times
  )
  select
    c.kinkster_id, c.day, c.provider, c.model, false,
    sum(c.turns), sum(c.in_flight), sum(c.completed), sum(c.cancelled), sum(c.failed), sum(c.failed_unavailable),
    sum(c.failed_limited), sum(c.failed_rejected), sum(c.failed_misbehaved), sum(c.failed_by_model),
    sum(c.failed_by_us), sum(c.chained), sum(c.rebuilt), sum(c.rebuilt_provider_changed),
    sum(c.rebuilt_limits_changed), sum(c.rebuilt_unfinished), sum(c.rebuilt_branched), sum(c.rebuilt_stateless),
    sum(c.rebuilt_forgotten), sum(c.tokens_known), sum(c.input_tokens), sum(c.cached_tokens),
    sum(c.cache_write_tokens), sum(c.output_tokens), sum(c.reasoning_tokens), sum(c.streamed_characters),
    sum(c.streamed_ms), sum(c.cost_known), sum(c.cost_usd), sum(c.priced), sum(c.cost_unknown), sum(c.rated_good),
    sum(c.rated_bad), sum(c.first_text_times), sum(c.duration_times)
  from change as c
  group by c.kinkster_id, c.day, c.provider, c.model
  on conflict (kinkster_id, day, provider, model) where not is_change do update
  set
    turns = s.turns + excluded.turns,
    in_flight = s.in_flight + excluded.in_flight,
    completed = s.completed + excluded.completed,
    cancelled = s.cancelled + excluded.cancelled,
    failed = s.failed + excluded.failed,
    failed_unavailable = s.failed_unavailable + excluded.failed_unavailable,
    failed_limited = s.failed_limited + excluded.failed_limited,
    failed_rejected = s.failed_rejected + excluded.failed_rejected,
    failed_misbehaved = s.failed_misbehaved + excluded.failed_misbehaved,
    failed_by_model = s.failed_by_model + excluded.failed_by_model,
    failed_by_us = s.failed_by_us + excluded.failed_by_us,
    chained = s.chained + excluded.chained,
    rebuilt = s.rebuilt + excluded.rebuilt,
    rebuilt_provider_changed = s.rebuilt_provider_changed + excluded.rebuilt_provider_changed,
    rebuilt_limits_changed = s.rebuilt_limits_changed + excluded.rebuilt_limits_changed,
    rebuilt_unfinished = s.rebuilt_unfinished + excluded.rebuilt_unfinished,
    rebuilt_branched = s.rebuilt_branched + excluded.rebuilt_branched,
    rebuilt_stateless = s.rebuilt_stateless + excluded.rebuilt_stateless,
    rebuilt_forgotten = s.rebuilt_forgotten + excluded.rebuilt_forgotten,
    tokens_known = s.tokens_known + excluded.tokens_known,
    input_tokens = s.input_tokens + excluded.input_tokens,
    cached_tokens = s.cached_tokens + excluded.cached_tokens,
    cache_write_tokens = s.cache_write_tokens + excluded.cache_write_tokens,
    output_tokens = s.output_tokens + excluded.output_tokens,
    reasoning_tokens = s.reasoning_tokens + excluded.reasoning_tokens,
    streamed_characters = s.streamed_characters + excluded.streamed_characters,
    streamed_ms = s.streamed_ms + excluded.streamed_ms,
    cost_known = s.cost_known + excluded.cost_known,
    cost_usd = s.cost_usd + excluded.cost_usd,
    priced = s.priced + excluded.priced,
    cost_unknown = s.cost_unknown + excluded.cost_unknown,
    rated_good = s.rated_good + excluded.rated_good,
    rated_bad = s.rated_bad + excluded.rated_bad,
    first_text_times = s.first_text_times + excluded.first_text_times,
    duration_times = s.duration_times + excluded.duration_times;
end
$$;

comment on function kinkster.fold_sums() is
  'Makes one row of each sum in kinkster.daily_sums and of what was appended to it. Figures are the same before and after.';

revoke execute on function kinkster.fold_sums() from public, anon, authenticated, service_role;

-- from supabase/schemas/kinkster/roll_up_turns.sql
-- Adds up turns: those that had been left out and have ended by now, then the next ones. A turn is added up when nothing that
-- is still uncommitted can come before it, under a lock that nobody has who changes what a turn of its day adds up to.
create or replace function kinkster.roll_up_turns()
  returns jsonb
  language plpgsql
  volatile
  security definer
  set search_path = ''
  set plan_cache_mode = 'force_custom_plan'
as $$
declare
  c_margin constant interval := interval '1 minute';
  c_piece constant integer := 20000;  -- turns at a time
  c_patience constant interval := interval '2 seconds';
  v_now timestamptz := kinkster.now();
  v_patient_until timestamptz := pg_catalog.clock_timestamp() + c_patience;
  v_state kinkster.roll_up_state;
  v_oldest xid8;
  v_next xid8;
  v_from timestamptz;
  v_to timestamptz;
  v_day date;
  v_user_ids uuid[];
  v_turn_ids uuid[];
begin
  if pg_catalog.current_setting('transaction_isolation') <> 'read committed' then
    raise sqlstate 'PT409' using
      message = 'Turns are added up in a transaction that sees what others commit meanwhile.',
      hint = 'Call this in a transaction of isolation level read committed, which is the default.';
  end if;
  select s.* into v_state from kinkster.roll_up_state as s for update skip locked;
  if not found then
    return '{"state": "busy"}'::jsonb;
  end if;
  -- All is to be added up again, or a clock was set back and its day is to come once more.
  if v_state.rolled_until = '-infinity' or v_state.rolled_until > v_now then
    v_state.rolled_until := kinkster.rolled_until();
    v_state.safe_until := least(v_state.safe_until, v_state.rolled_until);
    v_state.noted_at := least(v_state.noted_at, v_now);
    delete from kinkster.daily_sums as d where d.day::timestamp at time zone 'UTC' >= v_state.rolled_until;
    delete from kinkster.open_turns as o where o.day::timestamp at time zone 'UTC' >= v_state.rolled_until;
  end if;

  -- Turns of before a moment are all there, or never will be, once the transactions that ran at that moment are over.
  select min(r.xid) into v_oldest from pg_catalog.pg_snapshot_xip(pg_catalog.pg_current_snapshot()) as r (xid);
  v_next := pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot());
  if v_oldest is null then
    v_state.noted_at := v_now;
  elsif v_state.noted_xid > v_next then
    v_state.noted_xid := null;  -- noted in another cluster, and restored here
  end if;
  if v_oldest is null or v_oldest >= v_state.noted_xid then
    v_state.safe_until := greatest(v_state.safe_until, v_state.noted_at - c_margin);
    v_state.noted_xid := null;
  end if;
  if v_state.noted_xid is null then
    v_state.noted_at := v_now;
    v_state.noted_xid := v_next;
  end if;

  delete from kinkster.open_turns as o
  where not exists (select from public.kinkster_turns as t where t.user_id = o.user_id and t.id = o.turn_id);
  for v_day in
    select distinct o.day
    from kinkster.open_turns as o
    join public.kinkster_turns as t on t.user_id = o.user_id and t.id = o.turn_id
    where t.status not in ('queued', 'streaming')
  loop
    continue when not pg_catalog.pg_try_advisory_xact_lock(kinkster.day_lock(v_day));
    with ended as (
      delete from kinkster.open_turns as o
      using public.kinkster_turns as t
      where o.day = v_day and t.user_id = o.user_id and t.id = o.turn_id and t.status not in ('queued', 'streaming')
      returning o.user_id, o.turn_id
    )
    select pg_catalog.array_agg(e.user_id), pg_catalog.array_agg(e.turn_id) into v_user_ids, v_turn_ids
    from ended as e;
    perform kinkster.add_turns(1, v_user_ids, v_turn_ids);
  end loop;

  while v_state.rolled_until < v_state.safe_until and pg_catalog.clock_timestamp() < v_patient_until loop
    select min(t.created_at) into v_from from public.kinkster_turns as t where t.created_at >= v_state.rolled_until;
    if v_from is null or v_from >= v_state.safe_until then
      v_state.rolled_until := v_state.safe_until;
      exit;
    end if;
    v_day := (v_from at time zone 'UTC')::date;
    select t.created_at into v_to
    from public.kinkster_turns as t
    where t.created_at >= v_from
    order by t.created_at
    offset c_piece
    limit 1;
    v_to := least(
      v_state.safe_until, (v_day + 1)::timestamp at time zone 'UTC', case when v_to is not null then greatest(v_to, v_from + interval '1 microsecond') end
    );
    exit when not pg_catalog.pg_try_advisory_xact_lock(kinkster.day_lock(v_day));
    insert into kinkster.open_turns (user_id, turn_id, day)
    select t.user_id, t.id, v_day
    from public.kinkster_turns as t
    where t.created_at >= v_from and t.created_at < v_to and t.status in ('queued', 'streaming');
    select pg_catalog.array_agg(t.user_id), pg_catalog.array_agg(t.id) into v_user_ids, v_turn_ids
    from public.kinkster_turns as t
    where t.created_at >= v_from
      and t.created_at < v_to
      and not exists (select from kinkster.open_turns as o where o.user_id = t.user_id and o.turn_id = t.id);
    perform kinkster.add_turns(1, v_user_ids, v_turn_ids);
    v_state.rolled_until := v_to;
  end loop;

  perform kinkster.fold_sums();
  update kinkster.roll_up_state as s
  set
    rolled_until = v_state.rolled_until,
    safe_until = v_state.safe_until,
    noted_at = v_state.noted_at,
    noted_xid = v_state.noted_xid,
    rolled_at = v_now;
  return pg_catalog.jsonb_build_object(
    'state', case when pg_catalog.clock_timestamp() >= v_patient_until then 'more' else 'done' end,
    'rolled_until', nullif(v_state.rolled_until, '-infinity')
  );
end
$$;

comment on function kinkster.roll_up_turns() is
  'Adds up turns for about two seconds: {"state": "more" (call it again) | "done" | "busy" (somebody else is at it), "rolled_until"}. Figures are right without it, only slower. Raises PT409 in a transaction of another isolation level than read committed.';

revoke execute on function kinkster.roll_up_turns() from public, anon, authenticated, service_role;
grant execute on function kinkster.roll_up_turns() to kinkster_worker;

-- from supabase/schemas/kinkster/turns_not_added_up.sql
-- The turns that no sum stands for. A function, so that the planner knows how few they are.
create or replace function kinkster.turns_not_added_up()
  returns setof kinkster.measured_turns
  language plpgsql
  stable
  security invoker
  set search_path = ''
  set plan_cache_mode = 'force_custom_plan'
as $$
declare
  v_until timestamptz := kinkster.rolled_until();
  v_open record;
begin
  return query
  select m.* from kinkster.measured_turns as m where m.created_at >= v_until;
  for v_open in
    select o.user_id, o.turn_id from kinkster.open_turns as o
  loop
    return query
    select m.*
    from kinkster.measured_turns as m
    where m.user_id = v_open.user_id and m.turn_id = v_open.turn_id and m.created_at < v_until;
  end loop;
end
$$;

comment on function kinkster.turns_not_added_up() is
  'The measured turns that are not in kinkster.daily_sums; under row security.';

revoke execute on function kinkster.turns_not_added_up() from public, anon, authenticated, service_role;
grant execute on function kinkster.turns_not_added_up() to service_role;

-- from supabase/schemas/kinkster/turn_sums.sql
-- The sums, and the turns that they lack: the same figures at any moment.
create or replace view kinkster.turn_sums
  with (security_invoker = true)
as
select
  s.kinkster_id,
  s.day,
  s.provider,
  s.model,
  s.turns,
  s.in_flight,
  s.completed,
  s.cancelled,
  s.failed,
  s.failed_unavailable,
  s.failed_limited,
  s.failed_rejected,
  s.failed_misbehaved,
  s.failed_by_model,
  s.failed_by_us,
  s.chained,
  s.rebuilt,
  s.rebuilt_provider_changed,
  s.rebuilt_limits_changed,
  s.rebuilt_unfinished,
  s.rebuilt_branched,
  s.rebuilt_stateless,
  s.rebuilt_forgotten,
  s.tokens_known,
  s.input_tokens,
  s.cached_tokens,
  s.cache_write_tokens,
  s.output_tokens,
  s.reasoning_tokens,
  s.streamed_characters,
  s.streamed_ms,
  s.cost_known,
  s.cost_usd,
  s.priced,
  s.cost_unknown,
  s.rated_good,
  s.rated_bad,
  s.first_text_times,
  s.duration_times
from kinkster.daily_sums as s
where s.day::timestamp at time zone 'UTC' < (select kinkster.rolled_until())
union all
select
  whose.kinkster_id,
  (m.created_at at time zone 'UTC')::date as day,
  m.provider,
  m.model,
  m.turns,
  m.in_flight,
  m.completed,
  m.cancelled,
  m.failed,
  m.failed_unavailable,
  m.failed_limited,
  m.failed_rejected,
  m.failed_misbehaved,
  m.failed_by_model,
  m.failed_by_us,
  m.chained,
  m.rebuilt,
  m.rebuilt_provider_changed,
  m.rebuilt_limits_changed,
  m.rebuilt_unfinished,
  m.rebuilt_branched,
  m.rebuilt_stateless,
  m.rebuilt_forgotten,
  m.tokens_known,
  m.input_tokens,
  m.cached_tokens,
  m.cache_write_tokens,
  m.output_tokens,
  m.reasoning_tokens,
  m.streamed_characters,
  m.streamed_ms,
  m.cost_known,
  m.cost_usd,
  m.priced,
  m.cost_unknown,
  m.rated_good,
  m.rated_bad,
  m.first_text_times,
  m.duration_times
from kinkster.turns_not_added_up() as m
cross join lateral (values (null::uuid), (m.kinkster_id)) as whose (kinkster_id);

comment on view kinkster.turn_sums is
  'What is to be summed for any figure of the operator: what is added up, and one row per turn for the others, each both for its character and for all (kinkster_id null).';
comment on column kinkster.turn_sums.kinkster_id is 'The character; null: all of them together.';
comment on column kinkster.turn_sums.day is 'Day (UTC) on which the messages were stored.';
comment on column kinkster.turn_sums.provider is 'Who was asked, or could not be since it was down; null: nobody, as with a safeword.';
comment on column kinkster.turn_sums.model is 'Model that was asked, as far as it is known.';
comment on column kinkster.turn_sums.turns is 'Turns.';
comment on column kinkster.turn_sums.in_flight is 'Those that wait or stream.';
comment on column kinkster.turn_sums.completed is 'Those with a whole reply.';
comment on column kinkster.turn_sums.cancelled is 'Those that were cancelled: by the user, a safeword, a pause, or a client that left.';
comment on column kinkster.turn_sums.failed is 'Those that failed, of any class.';
comment on column kinkster.turn_sums.failed_unavailable is 'Failed: the provider could not be reached, answered with a 5xx, or not in time.';
comment on column kinkster.turn_sums.failed_limited is 'Failed: a rate limit or a quota of the provider.';
comment on column kinkster.turn_sums.failed_rejected is 'Failed: the provider refused the key or the request, or is not set up.';
comment on column kinkster.turn_sums.failed_misbehaved is 'Failed: what came was no reply, was empty, was cut off, or ended in an error.';
comment on column kinkster.turn_sums.failed_by_model is 'Failed: the model declined, was filtered, or ran into a limit of length.';
comment on column kinkster.turn_sums.failed_by_us is 'Failed: not by the provider''s doing.';
comment on column kinkster.turn_sums.chained is 'Continuity: the provider remembered.';
comment on column kinkster.turn_sums.rebuilt is 'Continuity: the context was sent from the transcript.';
comment on column kinkster.turn_sums.rebuilt_provider_changed is 'Rebuilt, since the provider had changed.';
comment on column kinkster.turn_sums.rebuilt_limits_changed is 'Rebuilt, since the hard limits had changed.';
comment on column kinkster.turn_sums.rebuilt_unfinished is 'Rebuilt, since the turn before had no whole reply of a provider.';
comment on column kinkster.turn_sums.rebuilt_branched is 'Rebuilt, since another turn had gone on with the session.';
comment on column kinkster.turn_sums.rebuilt_stateless is 'Rebuilt, since the server keeps no replies.';
comment on column kinkster.turn_sums.rebuilt_forgotten is 'Rebuilt, since the provider no longer knew the reply before.';
comment on column kinkster.turn_sums.tokens_known is 'Turns whose provider said how many tokens they took.';
comment on column kinkster.turn_sums.input_tokens is 'Tokens sent.';
comment on column kinkster.turn_sums.cached_tokens is 'Those of them read from a provider''s cache.';
comment on column kinkster.turn_sums.cache_write_tokens is 'Those of them written to a provider''s cache.';
comment on column kinkster.turn_sums.output_tokens is 'Tokens received, reasoning included.';
comment on column kinkster.turn_sums.reasoning_tokens is 'Those of them spent on reasoning.';
comment on column kinkster.turn_sums.streamed_characters is 'Characters of the whole replies that took 100 ms or more from their first text to their end.';
comment on column kinkster.turn_sums.streamed_ms is 'Milliseconds that those took for it.';
comment on column kinkster.turn_sums.cost_known is 'Turns whose cost is known.';
comment on column kinkster.turn_sums.cost_usd is 'What is known of their cost in US dollars.';
comment on column kinkster.turn_sums.priced is 'Whole replies whose cost is known.';
comment on column kinkster.turn_sums.cost_unknown is 'Turns that asked a provider and whose cost is not known.';
comment on column kinkster.turn_sums.rated_good is 'Replies rated good.';
comment on column kinkster.turn_sums.rated_bad is 'Replies rated bad.';
comment on column kinkster.turn_sums.first_text_times is 'Times to the first text of whole replies, as a histogram.';
comment on column kinkster.turn_sums.duration_times is 'Times from asking to the end of whole replies, as a histogram.';

revoke all on kinkster.turn_sums from public, anon, authenticated, service_role;
grant select on kinkster.turn_sums to service_role;

-- from supabase/schemas/kinkster/flowise_hosting.sql
-- What running Flowise costs for each of its messages: the month's cost, of the present month as much as is over, spread over
-- the replies of that month.
create or replace view kinkster.flowise_hosting
  with (security_invoker = true)
as
select
  m.month,
  m.messages,
  m.usd,
  m.usd / m.messages as usd_per_message
from (
  select
    g.month,
    g.messages,
    s.flowise_monthly_cost_usd
    * extract(epoch from least(kinkster.now(), span.ends) - greatest(span.starts, g.first_day::timestamp at time zone 'UTC'))
    / extract(epoch from span.ends - span.starts) as usd
  from (
    select
      pg_catalog.date_trunc('month', t.day)::date as month,
      sum(t.completed) as messages,
      min(min(t.day)) over () as first_day
    from kinkster.turn_sums as t
    where
      t.kinkster_id is null
      and t.provider = 'flowise'
      and (select o.flowise_monthly_cost_usd is not null from kinkster.settings as o)
    group by 1
  ) as g
  cross join lateral (
    select
      g.month::timestamp at time zone 'UTC' as starts,
      (g.month + interval '1 month') at time zone 'UTC' as ends
  ) as span
  cross join kinkster.settings as s
) as m
where m.messages > 0 and m.usd is not null;

comment on view kinkster.flowise_hosting is
  'settings.flowise_monthly_cost_usd spread over the messages of each month (UTC), from Flowise''s first turn on; no rows while it is not known.';
comment on column kinkster.flowise_hosting.month is 'First day of the month.';
comment on column kinkster.flowise_hosting.messages is 'Whole replies of Flowise in it.';
comment on column kinkster.flowise_hosting.usd is 'US dollars for the month, or for as much of it as is over.';
comment on column kinkster.flowise_hosting.usd_per_message is 'US dollars for each of those messages.';

revoke all on kinkster.flowise_hosting from public, anon, authenticated, service_role;
grant select on kinkster.flowise_hosting to service_role;

-- from supabase/schemas/kinkster/daily_turns.sql
-- The operator's figures by day, character, provider and model. A condition on any of these reaches the sums' index.
create or replace view kinkster.daily_turns
  with (security_invoker = true)
as
select -- noqa: ST06
  g.kinkster_id,
  g.day,
  g.provider,
  g.model,
  g.turns,
  g.in_flight,
  g.completed,
  g.cancelled,
  g.failed,
  g.failed_unavailable,
  g.failed_limited,
  g.failed_rejected,
  g.failed_misbehaved,
  g.failed_by_model,
  g.failed_by_us,
  round((g.failed - g.failed_by_us) / nullif(g.completed + g.failed - g.failed_by_us, 0), 4) as error_rate,
  g.first_text[1] as first_text_p50_ms,
  g.first_text[2] as first_text_p95_ms,
  g.first_text[3] as first_text_p99_ms,
  g.duration[1] as duration_p50_ms,
  g.duration[2] as duration_p95_ms,
  g.duration[3] as duration_p99_ms,
  round(1000 * g.streamed_characters / nullif(g.streamed_ms, 0), 1) as characters_per_second,
  g.chained,
  g.rebuilt,
  g.rebuilt_provider_changed,
  g.rebuilt_limits_changed,
  g.rebuilt_unfinished,
  g.rebuilt_branched,
  g.rebuilt_stateless,
  g.rebuilt_forgotten,
  g.input_tokens,
  g.cached_tokens,
  g.cache_write_tokens,
  g.output_tokens,
  g.reasoning_tokens,
  g.cost_usd,
  g.cost_unknown,
  g.completed * hosting.usd_per_message as hosting_usd,
  case
    when hosting.usd_per_message is null then g.cost_usd / nullif(g.priced, 0)
    else hosting.usd_per_message + coalesce(g.cost_usd / nullif(g.priced, 0), 0)
  end as cost_per_message_usd,
  g.rated_good,
  g.rated_bad
from (
  select
    s.kinkster_id,
    s.day,
    s.provider,
    s.model,
    sum(s.turns) as turns,
    sum(s.in_flight) as in_flight,
    sum(s.completed) as completed,
    sum(s.cancelled) as cancelled,
    sum(s.failed) as failed,
    sum(s.failed_unavailable) as failed_unavailable,
    sum(s.failed_limited) as failed_limited,
    sum(s.failed_rejected) as failed_rejected,
    sum(s.failed_misbehaved) as failed_misbehaved,
    sum(s.failed_by_model) as failed_by_model,
    sum(s.failed_by_us) as failed_by_us,
    sum(s.chained) as chained,
    sum(s.rebuilt) as rebuilt,
    sum(s.rebuilt_provider_changed) as rebuilt_provider_changed,
    sum(s.rebuilt_limits_changed) as rebuilt_limits_changed,
    sum(s.rebuilt_unfinished) as rebuilt_unfinished,
    sum(s.rebuilt_branched) as rebuilt_branched,
    sum(s.rebuilt_stateless) as rebuilt_stateless,
    sum(s.rebuilt_forgotten) as rebuilt_forgotten,
    case when sum(s.tokens_known) > 0 then sum(s.input_tokens) end as input_tokens,
    case when sum(s.tokens_known) > 0 then sum(s.cached_tokens) end as cached_tokens,
    case when sum(s.tokens_known) > 0 then sum(s.cache_write_tokens) end as cache_write_tokens,
    case when sum(s.tokens_known) > 0 then sum(s.output_tokens) end as output_tokens,
    case when sum(s.tokens_known) > 0 then sum(s.reasoning_tokens) end as reasoning_tokens,
    sum(s.streamed_characters) as streamed_characters,
    sum(s.streamed_ms) as streamed_ms,
    case when sum(s.cost_known) > 0 then sum(s.cost_usd) end as cost_usd,
    sum(s.priced) as priced,
    sum(s.cost_unknown) as cost_unknown,
    sum(s.rated_good) as rated_good,
    sum(s.rated_bad) as rated_bad,
    kinkster.histogram_percentiles(sum(s.first_text_times), array[0.5, 0.95, 0.99]) as first_text,
    kinkster.histogram_percentiles(sum(s.duration_times), array[0.5, 0.95, 0.99]) as duration
  from kinkster.turn_sums as s
  group by s.kinkster_id, s.day, s.provider, s.model
  having sum(s.turns) > 0
) as g
left join kinkster.flowise_hosting as hosting
  on g.provider = 'flowise' and hosting.month = pg_catalog.date_trunc('month', g.day)::date;

comment on view kinkster.daily_turns is
  'Figures by day, character, provider and model, and of all characters together where kinkster_id is null: read them through kinkster.character_metrics and kinkster.provider_metrics, which are told apart.';
comment on column kinkster.daily_turns.kinkster_id is 'The character; null: all of them together.';
comment on column kinkster.daily_turns.day is 'Day (UTC) on which the messages were stored.';
comment on column kinkster.daily_turns.provider is 'Who was asked, or could not be since it was down; null: nobody, as with a safeword.';
comment on column kinkster.daily_turns.model is 'Model that was asked, as far as it is known.';
comment on column kinkster.daily_turns.turns is 'Turns.';
comment on column kinkster.daily_turns.in_flight is 'Those that wait or stream.';
comment on column kinkster.daily_turns.completed is 'Those with a whole reply.';
comment on column kinkster.daily_turns.cancelled is 'Those that were cancelled: by the user, a safeword, a pause, or a client that left.';
comment on column kinkster.daily_turns.failed is 'Those that failed, of any class.';
comment on column kinkster.daily_turns.failed_unavailable is 'Failed: the provider could not be reached, answered with a 5xx, or not in time.';
comment on column kinkster.daily_turns.failed_limited is 'Failed: a rate limit or a quota of the provider.';
comment on column kinkster.daily_turns.failed_rejected is 'Failed: the provider refused the key or the request, or is not set up.';
comment on column kinkster.daily_turns.failed_misbehaved is 'Failed: what came was no reply, was empty, was cut off, or ended in an error.';
comment on column kinkster.daily_turns.failed_by_model is 'Failed: the model declined, was filtered, or ran into a limit of length.';
comment on column kinkster.daily_turns.failed_by_us is 'Failed: not by the provider''s doing.';
comment on column kinkster.daily_turns.error_rate is 'Share of the provider''s faults (all classes but failed_by_us) in those and the whole replies; null without any.';
comment on column kinkster.daily_turns.first_text_p50_ms is 'Milliseconds from asking to the first text of whole replies: half of them took at most so long. Within 5 %.';
comment on column kinkster.daily_turns.first_text_p95_ms is 'The same for 95 of 100.';
comment on column kinkster.daily_turns.first_text_p99_ms is 'The same for 99 of 100.';
comment on column kinkster.daily_turns.duration_p50_ms is 'Milliseconds from asking to the end of whole replies: half of them took at most so long. Within 5 %.';
comment on column kinkster.daily_turns.duration_p95_ms is 'The same for 95 of 100.';
comment on column kinkster.daily_turns.duration_p99_ms is 'The same for 99 of 100.';
comment on column kinkster.daily_turns.characters_per_second is 'Characters a second between first text and end, of replies that took 100 ms or more for it.';
comment on column kinkster.daily_turns.chained is 'Continuity: the provider remembered.';
comment on column kinkster.daily_turns.rebuilt is 'Continuity: the context was sent from the transcript.';
comment on column kinkster.daily_turns.rebuilt_provider_changed is 'Rebuilt, since the provider had changed.';
comment on column kinkster.daily_turns.rebuilt_limits_changed is 'Rebuilt, since the hard limits had changed.';
comment on column kinkster.daily_turns.rebuilt_unfinished is 'Rebuilt, since the turn before had no whole reply of a provider.';
comment on column kinkster.daily_turns.rebuilt_branched is 'Rebuilt, since another turn had gone on with the session.';
comment on column kinkster.daily_turns.rebuilt_stateless is 'Rebuilt, since the server keeps no replies.';
comment on column kinkster.daily_turns.rebuilt_forgotten is 'Rebuilt, since the provider no longer knew the reply before.';
comment on column kinkster.daily_turns.input_tokens is 'Tokens sent; null when no provider said.';
comment on column kinkster.daily_turns.cached_tokens is 'Those of them read from a provider''s cache.';
comment on column kinkster.daily_turns.cache_write_tokens is 'Those of them written to a provider''s cache.';
comment on column kinkster.daily_turns.output_tokens is 'Tokens received, reasoning included.';
comment on column kinkster.daily_turns.reasoning_tokens is 'Those of them spent on reasoning.';
comment on column kinkster.daily_turns.cost_usd is 'What is known of their cost in US dollars; null when nothing is.';
comment on column kinkster.daily_turns.cost_unknown is 'Turns that asked a provider and whose cost is not known.';
comment on column kinkster.daily_turns.hosting_usd is 'Of Flowise: these messages'' part of what running it cost in their month (settings.flowise_monthly_cost_usd); null when that is not known.';
comment on column kinkster.daily_turns.cost_per_message_usd is 'US dollars a whole reply: tokens, where their cost is known, and for Flowise its part of the hosting; failed attempts included. Null when nothing is known; see cost_unknown.';
comment on column kinkster.daily_turns.rated_good is 'Replies rated good.';
comment on column kinkster.daily_turns.rated_bad is 'Replies rated bad.';

revoke all on kinkster.daily_turns from public, anon, authenticated, service_role;
grant select on kinkster.daily_turns to service_role;

-- from supabase/schemas/kinkster/provider_metrics.sql
-- How providers and models do, all characters together.
create or replace view kinkster.provider_metrics
  with (security_invoker = true)
as
select
  d.day,
  d.provider,
  d.model,
  d.turns,
  d.in_flight,
  d.completed,
  d.cancelled,
  d.failed,
  d.failed_unavailable,
  d.failed_limited,
  d.failed_rejected,
  d.failed_misbehaved,
  d.failed_by_model,
  d.failed_by_us,
  d.error_rate,
  d.first_text_p50_ms,
  d.first_text_p95_ms,
  d.first_text_p99_ms,
  d.duration_p50_ms,
  d.duration_p95_ms,
  d.duration_p99_ms,
  d.characters_per_second,
  d.chained,
  d.rebuilt,
  d.rebuilt_provider_changed,
  d.rebuilt_limits_changed,
  d.rebuilt_unfinished,
  d.rebuilt_branched,
  d.rebuilt_stateless,
  d.rebuilt_forgotten,
  d.input_tokens,
  d.cached_tokens,
  d.cache_write_tokens,
  d.output_tokens,
  d.reasoning_tokens,
  d.cost_usd,
  d.cost_unknown,
  d.hosting_usd,
  d.cost_per_message_usd,
  d.rated_good,
  d.rated_bad
from kinkster.daily_turns as d
where d.kinkster_id is null;

comment on view kinkster.provider_metrics is
  'The operator''s figures by day (UTC), provider and model, over all users. Up to date at any moment.';
comment on column kinkster.provider_metrics.day is 'Day (UTC) on which the messages were stored.';
comment on column kinkster.provider_metrics.provider is 'Who was asked, or could not be since it was down; null: nobody, as with a safeword.';
comment on column kinkster.provider_metrics.model is 'Model that was asked, as far as it is known.';
comment on column kinkster.provider_metrics.turns is 'Turns.';
comment on column kinkster.provider_metrics.in_flight is 'Those that wait or stream.';
comment on column kinkster.provider_metrics.completed is 'Those with a whole reply.';
comment on column kinkster.provider_metrics.cancelled is 'Those that were cancelled: by the user, a safeword, a pause, or a client that left.';
comment on column kinkster.provider_metrics.failed is 'Those that failed, of any class.';
comment on column kinkster.provider_metrics.failed_unavailable is 'Failed: the provider could not be reached, answered with a 5xx, or not in time.';
comment on column kinkster.provider_metrics.failed_limited is 'Failed: a rate limit or a quota of the provider.';
comment on column kinkster.provider_metrics.failed_rejected is 'Failed: the provider refused the key or the request, or is not set up.';
comment on column kinkster.provider_metrics.failed_misbehaved is 'Failed: what came was no reply, was empty, was cut off, or ended in an error.';
comment on column kinkster.provider_metrics.failed_by_model is 'Failed: the model declined, was filtered, or ran into a limit of length.';
comment on column kinkster.provider_metrics.failed_by_us is 'Failed: not by the provider''s doing.';
comment on column kinkster.provider_metrics.error_rate is 'Share of the provider''s faults (all classes but failed_by_us) in those and the whole replies; null without any.';
comment on column kinkster.provider_metrics.first_text_p50_ms is 'Milliseconds from asking to the first text of whole replies: half of them took at most so long. Within 5 %.';
comment on column kinkster.provider_metrics.first_text_p95_ms is 'The same for 95 of 100.';
comment on column kinkster.provider_metrics.first_text_p99_ms is 'The same for 99 of 100.';
comment on column kinkster.provider_metrics.duration_p50_ms is 'Milliseconds from asking to the end of whole replies: half of them took at most so long. Within 5 %.';
comment on column kinkster.provider_metrics.duration_p95_ms is 'The same for 95 of 100.';
comment on column kinkster.provider_metrics.duration_p99_ms is 'The same for 99 of 100.';
comment on column kinkster.provider_metrics.characters_per_second is 'Characters a second between first text and end, of replies that took 100 ms or more for it.';
comment on column kinkster.provider_metrics.chained is 'Continuity: the provider remembered.';
comment on column kinkster.provider_metrics.rebuilt is 'Continuity: the context was sent from the transcript.';
comment on column kinkster.provider_metrics.rebuilt_provider_changed is 'Rebuilt, since the provider had changed.';
comment on column kinkster.provider_metrics.rebuilt_limits_changed is 'Rebuilt, since the hard limits had changed.';
comment on column kinkster.provider_metrics.rebuilt_unfinished is 'Rebuilt, since the turn before had no whole reply of a provider.';
comment on column kinkster.provider_metrics.rebuilt_branched is 'Rebuilt, since another turn had gone on with the session.';
comment on column kinkster.provider_metrics.rebuilt_stateless is 'Rebuilt, since the server keeps no replies.';
comment on column kinkster.provider_metrics.rebuilt_forgotten is 'Rebuilt, since the provider no longer knew the reply before.';
comment on column kinkster.provider_metrics.input_tokens is 'Tokens sent; null when no provider said.';
comment on column kinkster.provider_metrics.cached_tokens is 'Those of them read from a provider''s cache.';
comment on column kinkster.provider_metrics.cache_write_tokens is 'Those of them written to a provider''s cache.';
comment on column kinkster.provider_metrics.output_tokens is 'Tokens received, reasoning included.';
comment on column kinkster.provider_metrics.reasoning_tokens is 'Those of them spent on reasoning.';
comment on column kinkster.provider_metrics.cost_usd is 'What is known of their cost in US dollars; null when nothing is.';
comment on column kinkster.provider_metrics.cost_unknown is 'Turns that asked a provider and whose cost is not known.';
comment on column kinkster.provider_metrics.hosting_usd is 'Of Flowise: these messages'' part of what running it cost in their month (settings.flowise_monthly_cost_usd); null when that is not known.';
comment on column kinkster.provider_metrics.cost_per_message_usd is 'US dollars a whole reply: tokens, where their cost is known, and for Flowise its part of the hosting; failed attempts included. Null when nothing is known; see cost_unknown.';
comment on column kinkster.provider_metrics.rated_good is 'Replies rated good.';
comment on column kinkster.provider_metrics.rated_bad is 'Replies rated bad.';

revoke all on kinkster.provider_metrics from public, anon, authenticated, service_role;
grant select on kinkster.provider_metrics to service_role;

-- from supabase/schemas/kinkster/character_metrics.sql
-- How each character does with its providers and models.
create or replace view kinkster.character_metrics
  with (security_invoker = true)
as
select
  d.day,
  d.kinkster_id,
  d.provider,
  d.model,
  d.turns,
  d.in_flight,
  d.completed,
  d.cancelled,
  d.failed,
  d.failed_unavailable,
  d.failed_limited,
  d.failed_rejected,
  d.failed_misbehaved,
  d.failed_by_model,
  d.failed_by_us,
  d.error_rate,
  d.first_text_p50_ms,
  d.first_text_p95_ms,
  d.first_text_p99_ms,
  d.duration_p50_ms,
  d.duration_p95_ms,
  d.duration_p99_ms,
  d.characters_per_second,
  d.chained,
  d.rebuilt,
  d.rebuilt_provider_changed,
  d.rebuilt_limits_changed,
  d.rebuilt_unfinished,
  d.rebuilt_branched,
  d.rebuilt_stateless,
  d.rebuilt_forgotten,
  d.input_tokens,
  d.cached_tokens,
  d.cache_write_tokens,
  d.output_tokens,
  d.reasoning_tokens,
  d.cost_usd,
  d.cost_unknown,
  d.hosting_usd,
  d.cost_per_message_usd,
  d.rated_good,
  d.rated_bad
from kinkster.daily_turns as d
where d.kinkster_id is not null;

comment on view kinkster.character_metrics is
  'The operator''s figures by day (UTC), character, provider and model, over all users. Up to date at any moment.';
comment on column kinkster.character_metrics.day is 'Day (UTC) on which the messages were stored.';
comment on column kinkster.character_metrics.kinkster_id is 'The character.';
comment on column kinkster.character_metrics.provider is 'Who was asked, or could not be since it was down; null: nobody, as with a safeword.';
comment on column kinkster.character_metrics.model is 'Model that was asked, as far as it is known.';
comment on column kinkster.character_metrics.turns is 'Turns.';
comment on column kinkster.character_metrics.in_flight is 'Those that wait or stream.';
comment on column kinkster.character_metrics.completed is 'Those with a whole reply.';
comment on column kinkster.character_metrics.cancelled is 'Those that were cancelled: by the user, a safeword, a pause, or a client that left.';
comment on column kinkster.character_metrics.failed is 'Those that failed, of any class.';
comment on column kinkster.character_metrics.failed_unavailable is 'Failed: the provider could not be reached, answered with a 5xx, or not in time.';
comment on column kinkster.character_metrics.failed_limited is 'Failed: a rate limit or a quota of the provider.';
comment on column kinkster.character_metrics.failed_rejected is 'Failed: the provider refused the key or the request, or is not set up.';
comment on column kinkster.character_metrics.failed_misbehaved is 'Failed: what came was no reply, was empty, was cut off, or ended in an error.';
comment on column kinkster.character_metrics.failed_by_model is 'Failed: the model declined, was filtered, or ran into a limit of length.';
comment on column kinkster.character_metrics.failed_by_us is 'Failed: not by the provider''s doing.';
comment on column kinkster.character_metrics.error_rate is 'Share of the provider''s faults (all classes but failed_by_us) in those and the whole replies; null without any.';
comment on column kinkster.character_metrics.first_text_p50_ms is 'Milliseconds from asking to the first text of whole replies: half of them took at most so long. Within 5 %.';
comment on column kinkster.character_metrics.first_text_p95_ms is 'The same for 95 of 100.';
comment on column kinkster.character_metrics.first_text_p99_ms is 'The same for 99 of 100.';
comment on column kinkster.character_metrics.duration_p50_ms is 'Milliseconds from asking to the end of whole replies: half of them took at most so long. Within 5 %.';
comment on column kinkster.character_metrics.duration_p95_ms is 'The same for 95 of 100.';
comment on column kinkster.character_metrics.duration_p99_ms is 'The same for 99 of 100.';
comment on column kinkster.character_metrics.characters_per_second is 'Characters a second between first text and end, of replies that took 100 ms or more for it.';
comment on column kinkster.character_metrics.chained is 'Continuity: the provider remembered.';
comment on column kinkster.character_metrics.rebuilt is 'Continuity: the context was sent from the transcript.';
comment on column kinkster.character_metrics.rebuilt_provider_changed is 'Rebuilt, since the provider had changed.';
comment on column kinkster.character_metrics.rebuilt_limits_changed is 'Rebuilt, since the hard limits had changed.';
comment on column kinkster.character_metrics.rebuilt_unfinished is 'Rebuilt, since the turn before had no whole reply of a provider.';
comment on column kinkster.character_metrics.rebuilt_branched is 'Rebuilt, since another turn had gone on with the session.';
comment on column kinkster.character_metrics.rebuilt_stateless is 'Rebuilt, since the server keeps no replies.';
comment on column kinkster.character_metrics.rebuilt_forgotten is 'Rebuilt, since the provider no longer knew the reply before.';
comment on column kinkster.character_metrics.input_tokens is 'Tokens sent; null when no provider said.';
comment on column kinkster.character_metrics.cached_tokens is 'Those of them read from a provider''s cache.';
comment on column kinkster.character_metrics.cache_write_tokens is 'Those of them written to a provider''s cache.';
comment on column kinkster.character_metrics.output_tokens is 'Tokens received, reasoning included.';
comment on column kinkster.character_metrics.reasoning_tokens is 'Those of them spent on reasoning.';
comment on column kinkster.character_metrics.cost_usd is 'What is known of their cost in US dollars; null when nothing is.';
comment on column kinkster.character_metrics.cost_unknown is 'Turns that asked a provider and whose cost is not known.';
comment on column kinkster.character_metrics.hosting_usd is 'Of Flowise: these messages'' part of what running it cost in their month (settings.flowise_monthly_cost_usd); null when that is not known.';
comment on column kinkster.character_metrics.cost_per_message_usd is 'US dollars a whole reply: tokens, where their cost is known, and for Flowise its part of the hosting; failed attempts included. Null when nothing is known; see cost_unknown.';
comment on column kinkster.character_metrics.rated_good is 'Replies rated good.';
comment on column kinkster.character_metrics.rated_bad is 'Replies rated bad.';

revoke all on kinkster.character_metrics from public, anon, authenticated, service_role;
grant select on kinkster.character_metrics to service_role;

-- from supabase/schemas/kinkster/turn_figures.sql
-- One provider's figures since a time, for whoever compares two of them.
create or replace function kinkster.turn_figures(p_provider text, p_since timestamptz)
  returns jsonb
  language plpgsql
  stable
  security definer
  set search_path = ''
as $$
declare
  v_sums record;
  v_first_text integer[];
  v_duration integer[];
  v_errors numeric;
  v_hosting numeric;
begin
  select
    coalesce(sum(h.turns), 0) as turns,
    coalesce(sum(h.completed), 0) as completed,
    coalesce(sum(h.cancelled), 0) as cancelled,
    coalesce(sum(h.failed), 0) as failed,
    coalesce(sum(h.failed_unavailable), 0) as failed_unavailable,
    coalesce(sum(h.failed_limited), 0) as failed_limited,
    coalesce(sum(h.failed_rejected), 0) as failed_rejected,
    coalesce(sum(h.failed_misbehaved), 0) as failed_misbehaved,
    coalesce(sum(h.failed_by_model), 0) as failed_by_model,
    coalesce(sum(h.failed_by_us), 0) as failed_by_us,
    coalesce(sum(h.chained), 0) as chained,
    coalesce(sum(h.rebuilt), 0) as rebuilt,
    sum(h.streamed_characters) as streamed_characters,
    sum(h.streamed_ms) as streamed_ms,
    case when sum(h.cost_known) > 0 then sum(h.cost_usd) end as cost_usd,
    sum(h.priced) as priced,
    coalesce(sum(h.cost_unknown), 0) as cost_unknown,
    coalesce(sum(h.rated_good), 0) as rated_good,
    coalesce(sum(h.rated_bad), 0) as rated_bad,
    sum(h.first_text_times) as first_text_times,
    sum(h.duration_times) as duration_times
  into v_sums
  from kinkster.turn_sums as h
  where h.kinkster_id is null
    and h.provider = p_provider
    and h.day >= (p_since at time zone 'UTC')::date;
  v_first_text := kinkster.histogram_percentiles(v_sums.first_text_times, array[0.5, 0.95, 0.99]);
  v_duration := kinkster.histogram_percentiles(v_sums.duration_times, array[0.5, 0.95, 0.99]);
  v_errors := v_sums.failed - v_sums.failed_by_us;
  if p_provider = 'flowise' then
    select sum(f.usd) / sum(f.messages) into v_hosting
    from kinkster.flowise_hosting as f
    where f.month >= pg_catalog.date_trunc('month', p_since at time zone 'UTC')::date;
  end if;
  return pg_catalog.jsonb_build_object(
    'provider', p_provider,
    'since', pg_catalog.date_trunc('day', p_since, 'UTC'),
    'turns', v_sums.turns,
    'completed', v_sums.completed,
    'cancelled', v_sums.cancelled,
    'failed', v_sums.failed,
    'failed_unavailable', v_sums.failed_unavailable,
    'failed_limited', v_sums.failed_limited,
    'failed_rejected', v_sums.failed_rejected,
    'failed_misbehaved', v_sums.failed_misbehaved,
    'failed_by_model', v_sums.failed_by_model,
    'failed_by_us', v_sums.failed_by_us,
    'errors', v_errors,
    'error_rate', pg_catalog.round(v_errors / nullif(v_sums.completed + v_errors, 0), 4)
  ) || pg_catalog.jsonb_build_object(
    'first_text_p50_ms', v_first_text[1],
    'first_text_p95_ms', v_first_text[2],
    'first_text_p99_ms', v_first_text[3],
    'duration_p50_ms', v_duration[1],
    'duration_p95_ms', v_duration[2],
    'duration_p99_ms', v_duration[3],
    'characters_per_second', pg_catalog.round(1000 * v_sums.streamed_characters / nullif(v_sums.streamed_ms, 0), 1),
    'chained', v_sums.chained,
    'rebuilt', v_sums.rebuilt,
    'cost_usd', v_sums.cost_usd,
    'cost_unknown', v_sums.cost_unknown,
    'hosting_per_message_usd', v_hosting,
    'cost_per_message_usd', case
      when v_hosting is null then v_sums.cost_usd / nullif(v_sums.priced, 0)
      else v_hosting + coalesce(v_sums.cost_usd / nullif(v_sums.priced, 0), 0)
    end,
    'rated_good', v_sums.rated_good,
    'rated_bad', v_sums.rated_bad,
    'good_share', pg_catalog.round(v_sums.rated_good::numeric / nullif(v_sums.rated_good + v_sums.rated_bad, 0), 4)
  );
end
$$;

comment on function kinkster.turn_figures(text, timestamptz) is
  'Figures of one provider over all users and characters, from the beginning of the day of p_since on (UTC): turns, completed, cancelled, failed and its classes, errors (failed but by us) and error_rate (errors in errors and whole replies), first text and duration at p50, p95, p99 in ms, characters_per_second, chained, rebuilt, cost_usd, cost_unknown (turns), hosting_per_message_usd (Flowise, of the months since then), cost_per_message_usd, rated_good, rated_bad, good_share. What is not known is null.';

revoke execute on function kinkster.turn_figures(text, timestamptz) from public, anon, authenticated, service_role;
grant execute on function kinkster.turn_figures(text, timestamptz) to service_role;

-- from supabase/schemas/kinkster/price_turns.sql
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

-- from supabase/schemas/kinkster/workers.sql (sha256 713678b07147ab3a08fe243f6c1854572bdc4180fca8d7db7c310d99056c92fc)
-- Which workers there are: each says so every half minute.
create table kinkster.workers (
  name text primary key,
  version text not null,
  seen_at timestamptz not null,
  about jsonb not null
);

comment on table kinkster.workers is 'One row per worker that runs, or stopped without a word less than a day ago.';
comment on column kinkster.workers.name is 'Its name, as kinkster_turns.worker begins.';
comment on column kinkster.workers.version is 'Its version.';
comment on column kinkster.workers.seen_at is 'When it last said that it runs; every half minute.';
comment on column kinkster.workers.about is
  'What it does: address, queue_turns, notion, openai (responses, chat_completions, or null without a key), flowise. No secrets.';

revoke all on kinkster.workers from public, anon, authenticated, service_role;
grant select on kinkster.workers to service_role;

-- from supabase/schemas/kinkster/note_worker.sql
-- A worker says that it runs.
create or replace function kinkster.note_worker(p_worker text, p_version text, p_about jsonb)
  returns void
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
declare
  v_now timestamptz := kinkster.now();
begin
  insert into kinkster.workers as w (name, version, seen_at, about)
  values (p_worker, p_version, v_now, p_about)
  on conflict (name) do update
  set version = excluded.version, seen_at = excluded.seen_at, about = excluded.about;
  delete from kinkster.workers as w where w.seen_at < v_now - interval '1 day';
end
$$;

comment on function kinkster.note_worker(text, text, jsonb) is
  'Notes that a worker runs, and what it does (kinkster.workers.about); forgets those not seen for a day.';

revoke execute on function kinkster.note_worker(text, text, jsonb) from public, anon, authenticated, service_role;
grant execute on function kinkster.note_worker(text, text, jsonb) to kinkster_worker;

-- from supabase/schemas/kinkster/forget_worker.sql
-- A worker says that it ends.
create or replace function kinkster.forget_worker(p_worker text)
  returns void
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
begin
  delete from kinkster.workers as w where w.name = p_worker;
end
$$;

comment on function kinkster.forget_worker(text) is 'Forgets a worker that has ended.';

revoke execute on function kinkster.forget_worker(text) from public, anon, authenticated, service_role;
grant execute on function kinkster.forget_worker(text) to kinkster_worker;

-- from supabase/schemas/kinkster/rollouts.sql (sha256 d859c3672c6790d3c94751685192dc4b53eda5029af269c52b008376172940f3)
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

-- from supabase/schemas/kinkster/rollout_kinksters.sql (sha256 56f93e985c72da934abcff530b97a334e9f9157c4a6e74e54a64d62cbff8b477)
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

-- from supabase/schemas/kinkster/plain_token_column.sql
-- The application that was here before kept tokens as they are, in a column that not every database has. The name comes out of
-- the catalog, so that those who check functions don't look for a column that isn't there.
create or replace function kinkster.plain_token_column()
  returns text
  language sql
  stable
  security invoker
  set search_path = ''
as $$
  select a.attname
  from pg_catalog.pg_attribute as a
  where a.attrelid = 'public.profiles'::regclass and a.attname = 'notion_access_token' and not a.attisdropped
$$;

comment on function kinkster.plain_token_column() is 'notion_access_token where profiles have that column, else null.';

revoke execute on function kinkster.plain_token_column() from public, anon, authenticated, service_role;

-- from supabase/schemas/kinkster/plain_notion_tokens.sql
-- What kinkster notion connect moves into kinkster.notion_connections.
create or replace function kinkster.plain_notion_tokens()
  returns jsonb
  language plpgsql
  stable
  security definer
  set search_path = ''
as $$
declare
  v_column text := kinkster.plain_token_column();
  v_tokens jsonb := '[]'::jsonb;
begin
  if v_column is not null then
    execute pg_catalog.format(
      $sql$
        select pg_catalog.jsonb_agg(
          pg_catalog.jsonb_build_object('user_id', p.id, 'email', p.email, 'token', kinkster.trimmed(p.%1$I)) order by p.email
        )
        from public.profiles as p
        where not kinkster.is_blank(p.%1$I)
      $sql$,
      v_column
    )
    into v_tokens;
  end if;
  return coalesce(v_tokens, '[]');
end
$$;

comment on function kinkster.plain_notion_tokens() is
  'The Notion tokens that lie in profiles as plain text: a list of user_id, email and token.';

revoke execute on function kinkster.plain_notion_tokens() from public, anon, authenticated, service_role;
grant execute on function kinkster.plain_notion_tokens() to kinkster_worker;

-- from supabase/schemas/kinkster/connect_notion.sql
-- Keeps a user's token for Notion, sealed, in the place of what was there before: an older one, or one in plain text.
create or replace function kinkster.connect_notion(
  p_user_id uuid,
  p_sealed_token text,
  p_bot_id text,
  p_workspace_id text,
  p_database_id text default null
)
  returns jsonb
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
declare
  v_database_id text := kinkster.notion_id(p_database_id);
  v_rule text;
  v_column text := kinkster.plain_token_column();
begin
  if kinkster.is_blank(p_sealed_token) or kinkster.is_blank(p_bot_id) then
    raise sqlstate 'PT422' using
      message = 'A connection needs a token and the id of its bot.',
      hint = 'Run: kinkster notion connect';
  end if;
  if v_database_id !~ '^[A-Za-z0-9_-]+$' then
    raise sqlstate 'PT422' using
      message = 'This is no id of a database in Notion.',
      hint = 'Give the 32 letters and digits that stand in the database''s address before the question mark.';
  end if;
  perform from kinkster.notion_connections as c where c.user_id = p_user_id for no key update;
  begin
    update public.profiles as p
    set
      notion_workspace_id = coalesce(p_workspace_id, p.notion_workspace_id),
      notion_kinksters_database_id = coalesce(v_database_id, p.notion_kinksters_database_id)
    where p.id = p_user_id;
  exception when check_violation then
    get stacked diagnostics v_rule = constraint_name;
    raise sqlstate 'PT409' using
      message = pg_catalog.format('This profile was made before a rule that it breaks: %s.', v_rule),
      hint = 'Correct the profile; until then no change of it can be stored.';
  end;
  if not found then
    raise sqlstate 'PT404' using
      message = 'There is no profile of this user.',
      hint = 'Check the id: a profile is made when a user signs up.';
  end if;
  insert into kinkster.notion_connections as c (user_id, sealed_token, bot_id, workspace_id)
  values (p_user_id, p_sealed_token, p_bot_id, p_workspace_id)
  on conflict (user_id) do update
  set
    sealed_token = excluded.sealed_token,
    bot_id = excluded.bot_id,
    workspace_id = excluded.workspace_id,
    data_source_id = case when c.bot_id = excluded.bot_id then c.data_source_id end,
    connected_at = excluded.connected_at,
    -- Whoever has the lease uses the old token, and may be waiting for an answer until it ends.
    paused_until = greatest(c.paused_until, c.lease_expires_at),
    lease = null,
    lease_expires_at = null;
  if v_column is not null then
    execute pg_catalog.format('update public.profiles as p set %I = null where p.id = $1', v_column) using p_user_id;
  end if;
  perform kinkster.retry_notion(p_user_id);
  return pg_catalog.jsonb_build_object(
    'success', true,
    'database_id', (select kinkster.notion_id(p.notion_kinksters_database_id) from public.profiles as p where p.id = p_user_id)
  );
end
$$;

comment on function kinkster.connect_notion(uuid, text, text, text, text) is
  'Connects a user to Notion, or anew: the token as a worker has sealed it, whose bot it is, its workspace, and the database for the characters (null: as it is). A token in plain text is removed, and what failed is due again. Returns database_id, null when none is set. Raises PT404 for a user without profile, PT409 for a profile that breaks a rule, PT422 for a bad id.';

revoke execute on function kinkster.connect_notion(uuid, text, text, text, text) from public, anon, authenticated, service_role;
grant execute on function kinkster.connect_notion(uuid, text, text, text, text) to kinkster_worker;

-- from supabase/schemas/kinkster/check_in.sql
-- What a safeword does, whole or not at all: the running reply stops, the conversation is paused, and the answer is ours,
-- the same each time; no model is asked. Security definer: no client may write a reply; no role may call it but through others.
create or replace function kinkster.check_in(
  p_user_id uuid,
  p_conversation_id uuid,
  p_turn_id uuid,
  p_message text
)
  returns public.kinkster_turns
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
declare
  c_reply constant text := 'You said your safeword, so everything stops here. Thank you for saying it: you did nothing '
    'wrong. How are you? Take a breath, some water, whatever is good for you now. Nothing goes on until you want it to: '
    'this conversation is paused, and you can resume it later, or never. If you feel unsafe, please talk to somebody you '
    'trust, or call your local emergency number.';
  v_now timestamptz := kinkster.now();
  v_head_turn_id uuid;
  v_turn public.kinkster_turns;
begin
  select c.head_turn_id into v_head_turn_id
  from public.kinkster_conversations as c
  where c.user_id = p_user_id and c.id = p_conversation_id
  for no key update;
  perform kinkster.stop_turns(p_user_id, 'safeword', p_conversation_id);
  perform kinkster.take_back_turns(p_user_id, p_conversation_id, p_turn_id, true);

  insert into public.kinkster_turns as t (
    user_id, id, conversation_id, parent_turn_id, message, status, reply, safeword_seen, started_at, finished_at
  )
  values (
    p_user_id, p_turn_id, p_conversation_id, nullif(v_head_turn_id, p_turn_id), p_message, 'completed', c_reply, true, v_now, v_now
  )
  on conflict (user_id, id) do update
  set
    status = 'completed',
    reply = c_reply,
    safeword_seen = true,
    finished_at = v_now,
    error_code = null,
    error_message = null,
    error_hint = null
  returning t.* into v_turn;

  update public.kinkster_conversations as c
  set
    head_turn_id = p_turn_id,
    state = case c.state when 'active' then 'paused' else c.state end,
    updated_at = v_now
  where c.user_id = p_user_id and c.id = p_conversation_id;
  return v_turn;
end
$$;

comment on function kinkster.check_in(uuid, uuid, uuid, text) is
  'Answers a safeword: cancels what runs in the conversation, pauses it, and stores the message with a fixed reply as a completed turn, which is returned.';

revoke execute on function kinkster.check_in(uuid, uuid, uuid, text) from public, anon, authenticated, service_role;

-- from supabase/schemas/public/await_kinkster_reply.sql
-- Waits for a turn's end, so that plain SQL or RPC can hold a conversation. It looks again ten times a second; being
-- volatile, it sees what others commit meanwhile. Call it outside the transaction that sent the message. Supabase gives API
-- calls a statement_timeout of 8 s, which would end the call with an error: it returns a second, or a quarter, before that.
create or replace function public.await_kinkster_reply(p_turn_id uuid, p_timeout interval default '30 seconds')
  returns jsonb
  language plpgsql
  volatile
  security invoker
  set search_path = ''
as $$
declare
  v_limit interval := nullif(pg_catalog.current_setting('statement_timeout'), '0')::interval;
  v_deadline timestamptz := least(
    pg_catalog.clock_timestamp() + p_timeout, pg_catalog.statement_timestamp() + v_limit - least(v_limit / 4, '1 second')
  );
  v_turn public.kinkster_turns;
begin
  if p_timeout is null or p_timeout < '0' or p_timeout > '10 minutes' then
    raise sqlstate 'PT422' using
      message = 'The timeout is not between nothing and 10 minutes.',
      hint = 'Give an interval such as ''30 seconds'', and call again to wait longer.';
  end if;
  loop
    v_turn := kinkster.visible_turn(p_turn_id);
    exit when v_turn.status in ('completed', 'failed', 'cancelled') or pg_catalog.clock_timestamp() >= v_deadline;
    perform pg_catalog.pg_sleep_for(least('0.1 seconds', v_deadline - pg_catalog.clock_timestamp()));
  end loop;
  return kinkster.turn_as_json(v_turn) || pg_catalog.jsonb_build_object('success', true);
end
$$;

comment on function public.await_kinkster_reply(uuid, interval) is
  'Waits until the caller''s turn has ended, at most p_timeout (up to 10 minutes) and not as long as the session''s statement_timeout, and returns turn_id, conversation_id, status, reply and error as they are then. Raises PT404 for a turn that the caller cannot see, PT422 for a bad timeout.';

revoke execute on function public.await_kinkster_reply(uuid, interval) from public, anon, authenticated, service_role;
grant execute on function public.await_kinkster_reply(uuid, interval) to authenticated;

-- from supabase/schemas/kinkster/conversation_provider.sql
-- Who answers in a conversation: the character's own provider, or the Responses API where a rollout has moved the
-- conversation. It moves with a turn of its own, once, and stays: the bucket that it is in never changes, and raising the
-- share adds buckets. What an owner has chosen since the rollout began counts more than the rollout.
create or replace function kinkster.conversation_provider(
  p_kinkster public.kinksters,
  p_user_id uuid,
  p_conversation_id uuid,
  p_rollout_id uuid
)
  returns text
  language plpgsql
  volatile
  security invoker
  set search_path = ''
as $$
declare
  v_rollout record;
begin
  if p_kinkster.provider <> 'flowise' then
    return p_kinkster.provider;
  end if;
  select r.id, r.state, case when m.stage = r.stage then r.share else 100 end as share into v_rollout
  from kinkster.rollouts as r
  join kinkster.rollout_kinksters as m on m.rollout_id = r.id and m.kinkster_id = p_kinkster.id
  where r.state in ('running', 'paused')
    and m.stage <= r.stage
    and coalesce(p_kinkster.provider_changed_at <= r.started_at, true);
  if not found then
    return p_kinkster.provider;
  end if;
  if v_rollout.id = p_rollout_id then
    return 'openai_responses';
  end if;
  if v_rollout.state = 'paused' or v_rollout.share <= (
    (pg_catalog.hashtextextended(v_rollout.id::text || p_conversation_id::text, 0) % 100 + 100) % 100
  ) then
    return p_kinkster.provider;
  end if;
  -- Others lock the conversation first, then its turn: where somebody has it now, it moves with its next turn.
  perform
  from public.kinkster_conversations as c
  where c.user_id = p_user_id and c.id = p_conversation_id
  for no key update skip locked;
  if not found then
    return p_kinkster.provider;
  end if;
  update public.kinkster_conversations as c
  set rollout_id = v_rollout.id
  where c.user_id = p_user_id and c.id = p_conversation_id;
  return 'openai_responses';
end
$$;

comment on function kinkster.conversation_provider(public.kinksters, uuid, uuid, uuid) is
  'The provider that answers in a user''s conversation with a character, p_rollout_id being the rollout that has moved it, if any. Moves a conversation whose time has come in the running rollout.';

revoke execute on function kinkster.conversation_provider(public.kinksters, uuid, uuid, uuid)
  from public, anon, authenticated, service_role;

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
  v_own_provider text;
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
    c.kinkster_id, c.state, c.rollout_id, p.submission_state::text as user_state, p.hard_limits, p.soft_limits, p.safewords
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
    v_own_provider := kinkster.conversation_provider(v_kinkster, p_user_id, v_turn.conversation_id, v_chat.rollout_id);
    v_provider := v_own_provider;
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
      provider = coalesce(v_provider, t.provider),
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
    rerouted_from = nullif(v_own_provider, v_provider),
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
    rebuilt_because = case
      when v_chained or v_parent.id is null then null
      when v_parent.status <> 'completed' or v_parent.provider is null then 'unfinished'
      when v_parent.provider <> v_provider or v_kinkster.provider_changed_at > v_parent.started_at then 'provider_changed'
      when v_parent.limits_sha256 is distinct from v_limits_sha256 then 'limits_changed'
      when v_provider = 'flowise' then 'branched'
      else 'stateless'
    end,
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

-- from supabase/schemas/kinkster/take_turn.sql
-- What a worker does with a turn that a client has just asked for: answer it, replay it, or read along where it is answered.
create or replace function kinkster.take_turn(
  p_user_id uuid,
  p_turn_id uuid,
  p_worker text,
  p_stateless boolean
)
  returns jsonb
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
declare
  v_now timestamptz := kinkster.now();
  v_turn public.kinkster_turns;
begin
  select t.* into v_turn
  from public.kinkster_turns as t
  where t.user_id = p_user_id and t.id = p_turn_id
  for no key update;
  if (v_turn.status = 'streaming' and v_turn.lease_expires_at > v_now and v_turn.worker <> p_worker)
    or (v_turn.status = 'queued' and v_turn.next_attempt_at > v_now) then
    return kinkster.turn_in_state(v_turn, 'waiting');
  end if;
  if v_turn.status = 'completed' or (
    v_turn.status in ('failed', 'cancelled') and not exists (
      select 1
      from public.kinkster_conversations as c
      where c.user_id = p_user_id
        and c.id = v_turn.conversation_id
        and c.head_turn_id = p_turn_id
        and c.state = 'active'
    )
  ) then
    return kinkster.turn_in_state(v_turn, 'settled');
  end if;
  -- Asked again: a last message that got no whole reply, or a claim whose answer was lost on its way to this very worker.
  if v_turn.status <> 'queued' then
    perform kinkster.take_back_turns(p_user_id, v_turn.conversation_id, p_turn_id, true);
    update public.kinkster_turns as t
    set
      status = 'queued',
      attempts = 0,
      asked_again_at = v_now,
      is_shown = false,
      safeword_seen = false,
      next_attempt_at = null,
      finished_at = null,
      error_code = null,
      error_message = null,
      error_hint = null
    where t.user_id = p_user_id and t.id = p_turn_id;
  end if;
  return kinkster.claim_turn(p_user_id, p_turn_id, p_worker, p_stateless);
end
$$;

comment on function kinkster.take_turn(uuid, uuid, text, boolean) is
  'A turn for the door that was asked for it: claimed when it waits, or failed or was cancelled as the last of its conversation; {"state": "waiting"} while another answers it or before its next attempt is due; settled otherwise. p_worker names one call: the same one again gets its own claim once more.';

revoke execute on function kinkster.take_turn(uuid, uuid, text, boolean) from public, anon, authenticated, service_role;
grant execute on function kinkster.take_turn(uuid, uuid, text, boolean) to kinkster_worker;

-- from supabase/schemas/kinkster/rebuild_turn.sql
-- The provider has forgotten what came before. The transcript has not.
create or replace function kinkster.rebuild_turn(p_user_id uuid, p_turn_id uuid, p_lease uuid)
  returns jsonb
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
declare
  v_parent_turn_id uuid;
begin
  update public.kinkster_turns as t
  set continuity = 'rebuilt', rebuilt_because = 'forgotten'
  where t.user_id = p_user_id and t.id = p_turn_id and t.lease = p_lease and t.status = 'streaming'
  returning t.parent_turn_id into v_parent_turn_id;
  if not found then
    raise sqlstate 'KW001' using message = 'This turn is no longer leased to this worker.';
  end if;
  return kinkster.turn_history(p_user_id, v_parent_turn_id);
end
$$;

comment on function kinkster.rebuild_turn(uuid, uuid, uuid) is
  'Notes that the provider did not know the turn''s previous response, and returns the history to send instead. Raises KW001 when the lease is lost.';

revoke execute on function kinkster.rebuild_turn(uuid, uuid, uuid) from public, anon, authenticated, service_role;
grant execute on function kinkster.rebuild_turn(uuid, uuid, uuid) to kinkster_worker;

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
  v_attempt jsonb;
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
  v_attempt := pg_catalog.jsonb_build_object(
    'model', case when coalesce(v_turn.model, p_outcome ->> 'model') is not null then
      (kinkster.find_model(coalesce(v_turn.model, p_outcome ->> 'model'))).model
    end,
    'cost_usd', v_cost
  );

  if v_turn.status = 'cancelled' then
    -- Cancelled while it streamed: what had arrived until then is kept. After a safeword or a pause nothing is added.
    if v_turn.error_code = 'cancelled' and p_outcome ->> 'reply' <> ''
      and (v_turn.reply_is_stale or pg_catalog.starts_with(p_outcome ->> 'reply', v_turn.reply)) then
      update public.kinkster_turns as t
      set reply = p_outcome ->> 'reply', reply_is_stale = false
      where t.user_id = p_user_id and t.id = p_turn_id
      returning t.* into v_turn;
    end if;
    return kinkster.settled_as_json(v_turn) || v_attempt;
  end if;
  if v_turn.status is distinct from 'streaming' then
    -- The answer to the first call may have been lost on the way: saying the same thing again is no mistake.
    if v_turn.error_code is not distinct from v_code
      and (v_turn.status = v_status or (v_turn.status = 'queued' and v_status = 'failed')) then
      return kinkster.settled_as_json(v_turn) || v_attempt;
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
  return kinkster.settled_as_json(v_turn) || v_attempt;
end
$$;

comment on function kinkster.settle_turn(uuid, uuid, uuid, jsonb) is
  'Ends a leased turn as completed, failed or cancelled, with its reply, tokens, what they cost, and error; the same call again changes nothing. What may pass and was not shown to anybody ("shown") waits as queued for its next attempt instead of failing. Of a turn that was cancelled meanwhile the text is kept. Returns turn_id, status, retry_in_seconds and error as they are then, and of this attempt cost_usd and model: the registry''s name of the one that was asked; null when it is not known. Raises KW001 when the lease is lost, PT400 for an unknown key or status.';

revoke execute on function kinkster.settle_turn(uuid, uuid, uuid, jsonb) from public, anon, authenticated, service_role;
grant execute on function kinkster.settle_turn(uuid, uuid, uuid, jsonb) to kinkster_worker;

-- from supabase/schemas/kinkster/find_rollout.sql
-- The rollout that somebody means, in a state in which what they want to do makes sense; locked until they have done it.
create or replace function kinkster.find_rollout(p_rollout_id uuid, p_states text[])
  returns kinkster.rollouts
  language plpgsql
  volatile
  security invoker
  set search_path = ''
as $$
declare
  v_rollout kinkster.rollouts;
begin
  select r.* into v_rollout
  from kinkster.rollouts as r
  where r.id = coalesce(p_rollout_id, r.id)
  order by coalesce(r.state = any(p_states), false) desc, r.created_at desc, r.id
  limit 1;
  if not found then
    raise sqlstate 'PT404' using
      message = case when p_rollout_id is null then 'There is no rollout yet.' else 'There is no rollout with this id.' end,
      hint = 'plan_kinkster_rollout makes one; left out, the id is that of the present one.';
  end if;
  if p_states is null then
    return v_rollout;
  end if;
  select r.* into v_rollout from kinkster.rollouts as r where r.id = v_rollout.id for no key update;
  if not coalesce(v_rollout.state = any(p_states), false) then
    raise sqlstate 'PT409' using
      message = pg_catalog.format('This rollout is %s.', coalesce(pg_catalog.replace(v_rollout.state, '_', ' '), 'gone')),
      hint = case v_rollout.state
        when 'planned' then 'start_kinkster_rollout starts it.'
        when 'running' then 'advance_kinkster_rollout takes its next step; pause_kinkster_rollout and rollback_kinkster_rollout stop it.'
        when 'paused' then 'start_kinkster_rollout lets it go on; rollback_kinkster_rollout takes it back.'
        when 'completed' then 'rollback_kinkster_rollout takes it back; plan_kinkster_rollout plans another.'
        else 'plan_kinkster_rollout plans another.'
      end;
  end if;
  return v_rollout;
end
$$;

comment on function kinkster.find_rollout(uuid, text[]) is
  'The rollout with this id; for null the newest, one in p_states before others. Locked, unless p_states is null, which allows any. Raises PT404 when there is none, PT409 when it is in another state.';

revoke execute on function kinkster.find_rollout(uuid, text[]) from public, anon, authenticated, service_role;

-- from supabase/schemas/kinkster/next_rollout_step.sql
-- What comes next: stages that have no characters are passed over.
create or replace function kinkster.next_rollout_step(p_rollout kinkster.rollouts, out stage integer, out share integer)
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
begin
  if p_rollout.stage = 3 and p_rollout.share < 100 then
    stage := 3;
    share := case when p_rollout.share < 25 then 25 when p_rollout.share < 50 then 50 else 100 end;
    return;
  end if;
  select coalesce(min(m.stage), 4) into stage
  from kinkster.rollout_kinksters as m
  where m.rollout_id = p_rollout.id and m.stage > p_rollout.stage;
  share := case stage when 3 then 25 else 100 end;
end
$$;

comment on function kinkster.next_rollout_step(kinkster.rollouts) is
  'Stage and share that a rollout advances to.';

revoke execute on function kinkster.next_rollout_step(kinkster.rollouts) from public, anon, authenticated, service_role;

-- from supabase/schemas/kinkster/rollout_guardrails.sql
-- How the conversations that a rollout has moved do, beside Flowise: four comparisons, each with the turns behind it. Of what
-- has moved the last 24 hours count, so that a change for the worse is not lost among good days; where they hold too few
-- turns, everything since the last step.
create or replace function kinkster.rollout_guardrails(p_rollout kinkster.rollouts)
  returns jsonb
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  v_now timestamptz := kinkster.now();
  v_since timestamptz := greatest(p_rollout.measured_since, v_now - interval '24 hours');
  v_moved record;
  v_other jsonb := kinkster.turn_figures('flowise', v_now - interval '7 days');
begin
  loop
    select
      coalesce(sum(m.completed), 0) as completed,
      coalesce(sum(m.failed - m.failed_by_us), 0) as errors,
      (percentile_disc(0.95) within group (order by t.first_text_ms) filter (where t.status = 'completed'))::numeric as p95,
      sum(t.cost_usd) as cost_usd,
      coalesce(sum(m.priced), 0) as priced,
      coalesce(sum(m.rated_good), 0) as rated_good,
      coalesce(sum(m.rated_good + m.rated_bad), 0) as rated
    into v_moved
    from kinkster.measured_turns as m
    join public.kinkster_turns as t on t.user_id = m.user_id and t.id = m.turn_id
    join public.kinkster_conversations as c on c.user_id = m.user_id and c.id = m.conversation_id
    where m.created_at >= v_since and m.provider = 'openai_responses' and c.rollout_id = p_rollout.id;
    exit when v_since is not distinct from p_rollout.measured_since or v_moved.completed >= p_rollout.min_turns;
    v_since := p_rollout.measured_since;
  end loop;
  -- Once nearly everything has moved, Flowise's last week says little: then the time since a week before the start counts.
  if (v_other ->> 'completed')::bigint < p_rollout.min_turns then
    v_other := kinkster.turn_figures('flowise', p_rollout.started_at - interval '7 days');
  end if;

  return (
    with figure (place, guardrail, found, other, allowed, counted, other_counted, enough, what, unit, scale) as (
      values
        (
          1, 'error_rate',
          v_moved.errors::numeric / nullif(v_moved.completed + v_moved.errors, 0), (v_other ->> 'error_rate')::numeric,
          (v_other ->> 'error_rate')::numeric + p_rollout.error_rate_points,
          v_moved.completed + v_moved.errors, (v_other ->> 'completed')::bigint + (v_other ->> 'errors')::bigint,
          p_rollout.min_turns, 'Error rate', '%', 100
        ),
        (
          2, 'first_text_p95_ms',
          v_moved.p95, (v_other ->> 'first_text_p95_ms')::numeric,
          (v_other ->> 'first_text_p95_ms')::numeric * p_rollout.p95_ratio,
          v_moved.completed, (v_other ->> 'completed')::bigint,
          p_rollout.min_turns, 'Time to the first text at p95', 's', 0.001
        ),
        (
          3, 'cost_per_message_usd',
          -- A flow that costs nothing is on its operator's own machine, whose cost is not known.
          v_moved.cost_usd / nullif(v_moved.priced, 0), nullif((v_other ->> 'cost_per_message_usd')::numeric, 0),
          (v_other ->> 'cost_per_message_usd')::numeric * p_rollout.cost_ratio,
          v_moved.completed, (v_other ->> 'completed')::bigint,
          p_rollout.min_turns, 'Cost of 1,000 messages', 'USD', 1000
        ),
        (
          4, 'good_share',
          v_moved.rated_good::numeric / nullif(v_moved.rated, 0), (v_other ->> 'good_share')::numeric,
          (v_other ->> 'good_share')::numeric - p_rollout.good_share_points,
          v_moved.rated, (v_other ->> 'rated_good')::bigint + (v_other ->> 'rated_bad')::bigint,
          p_rollout.min_ratings, 'Share of good ratings', '%', 100
        )
    ),

    judged as (
      select
        f.*,
        case when f.guardrail = 'good_share' then 'ratings' else 'turns' end as counts,
        case
          when f.counted < f.enough or f.other_counted < f.enough then 'not_enough_turns'
          when f.found is null or f.other is null then 'unknown'
          when f.guardrail = 'good_share' then case when f.found < f.allowed then 'broken' else 'ok' end
          when f.found > f.allowed then 'broken'
          else 'ok'
        end as state
      from figure as f
    )

    select jsonb_agg(
      jsonb_build_object(
        'guardrail', j.guardrail,
        'state', j.state,
        'found', round(j.found, 6),
        'flowise', round(j.other, 6),
        'allowed', round(j.allowed, 6),
        'counted', j.counted,
        'flowise_counted', j.other_counted,
        'needed', j.enough,
        'since', v_since,
        'because', case j.state
          when 'not_enough_turns' then format(
            '%s: too few %s to compare, %s of what has moved and %s of Flowise; %s of each are needed.',
            j.what, j.counts, j.counted, j.other_counted, j.enough
          )
          when 'unknown' then format(
            '%s: not known of %s.', j.what, case when j.found is null then 'what has moved' else 'Flowise' end
          )
          else format(
            '%s: %s %s over %s %s, beside %s %s over %s at Flowise; %s %s is %s.',
            j.what, round(j.found * j.scale, 2), j.unit, j.counted, j.counts, round(j.other * j.scale, 2), j.unit, j.other_counted,
            round(j.allowed * j.scale, 2), j.unit, case when j.guardrail = 'good_share' then 'the least allowed' else 'the most allowed' end
          )
        end
      )
      order by j.place
    )
    from judged as j
  );
end
$$;

comment on function kinkster.rollout_guardrails(kinkster.rollouts) is
  'The guardrails error_rate, first_text_p95_ms, cost_per_message_usd and good_share of a rollout that has started: each with its state (ok, broken, not_enough_turns, unknown), the figure of what has moved and Flowise''s, what is allowed, the turns or ratings counted, and a sentence (because).';

revoke execute on function kinkster.rollout_guardrails(kinkster.rollouts) from public, anon, authenticated, service_role;

-- from supabase/schemas/kinkster/rollout_obstacles.sql
-- A step needs enough turns to compare what each turn has, and nothing that is broken. Few users rate, and a cost is not
-- always known: those two only speak up when they know something.
create or replace function kinkster.rollout_obstacles(p_guardrails jsonb)
  returns text
  language plpgsql
  immutable
  parallel safe
  security invoker
  set search_path = ''
as $$
begin
  return (
    select pg_catalog.string_agg(g ->> 'because', ' ')
    from pg_catalog.jsonb_array_elements(p_guardrails) as g
    where g ->> 'state' = 'broken'
      or (g ->> 'state' = 'not_enough_turns' and g ->> 'guardrail' in ('error_rate', 'first_text_p95_ms'))
  );
end
$$;

comment on function kinkster.rollout_obstacles(jsonb) is
  'What of kinkster.rollout_guardrails keeps a rollout from its next step, as sentences; null when nothing does.';

revoke execute on function kinkster.rollout_obstacles(jsonb) from public, anon, authenticated, service_role;

-- from supabase/schemas/kinkster/rollout_as_json.sql
-- A rollout in the words of its functions' answers.
create or replace function kinkster.rollout_as_json(p_rollout kinkster.rollouts)
  returns jsonb
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
begin
  return pg_catalog.jsonb_build_object(
    'rollout_id', p_rollout.id,
    'state', p_rollout.state,
    'stage', p_rollout.stage,
    'share', p_rollout.share,
    'created_at', p_rollout.created_at,
    'started_at', p_rollout.started_at,
    'stage_started_at', p_rollout.stage_started_at,
    'measured_since', p_rollout.measured_since,
    'ended_at', p_rollout.ended_at,
    'paused_because', p_rollout.paused_because
  );
end
$$;

comment on function kinkster.rollout_as_json(kinkster.rollouts) is
  'rollout_id, state, stage, share, paused_because and the times of a rollout.';

revoke execute on function kinkster.rollout_as_json(kinkster.rollouts) from public, anon, authenticated, service_role;

-- from supabase/schemas/kinkster/rollout_choice.sql
-- What a rollout chose, for people: the characters that move, in order, and those that stay, by reason. Lists are cut short.
create or replace function kinkster.rollout_choice(p_rollout_id uuid)
  returns jsonb
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  c_most constant integer := 100;
  c_examples constant integer := 5;
begin
  return (
    with member as (
      select m.*, k.name
      from kinkster.rollout_kinksters as m
      left join public.kinksters as k on k.id = m.kinkster_id
      where m.rollout_id = p_rollout_id
    ),

    staying as (
      select
        coalesce(case when not m.is_simple then m.reasons[1] end, 'The operator keeps it where it is.') as reason,
        count(*) as kinksters,
        jsonb_agg(jsonb_build_object('kinkster_id', m.kinkster_id, 'name', m.name) order by m.position) as named
      from (
        select n.*, row_number() over (partition by n.is_simple, n.reasons[1] order by n.position) as place
        from member as n
        where n.stage is null
      ) as m
      group by 1
    )

    select jsonb_build_object(
      'moves', (select count(*) from member as m where m.stage is not null),
      'stays', (select count(*) from member as m where m.stage is null),
      'moving', (
        select coalesce(
          jsonb_agg(
            jsonb_build_object(
              'kinkster_id', m.kinkster_id, 'name', m.name, 'stage', m.stage, 'reasons', m.reasons,
              'turns_30_days', m.turns_30_days, 'moved_at', m.moved_at, 'restored_at', m.restored_at, 'left_because', m.left_because
            )
            order by m.position
          ),
          '[]'
        )
        from (select n.* from member as n where n.stage is not null order by n.position limit c_most) as m
      ),
      'left', (
        select coalesce(
          jsonb_agg(
            jsonb_build_object('kinkster_id', m.kinkster_id, 'name', m.name, 'left_because', m.left_because) order by m.position
          ),
          '[]'
        )
        from (select n.* from member as n where n.left_because is not null order by n.position limit c_most) as m
      ),
      'staying', (
        select coalesce(
          jsonb_agg(
            jsonb_build_object(
              'reason', s.reason,
              'count', s.kinksters,
              'examples', jsonb_path_query_array(s.named, '$[0 to $last]', jsonb_build_object('last', c_examples - 1))
            )
            order by s.kinksters desc, s.reason
          ),
          '[]'
        )
        from staying as s
      )
    )
  );
end
$$;

comment on function kinkster.rollout_choice(uuid) is
  'How many characters of a rollout move and stay; moving, the first 100 of them, in order, each with its stage and the reasons why it is simple; left, at most 100 whose provider could not be set or set back; staying, by reason, with examples.';

revoke execute on function kinkster.rollout_choice(uuid) from public, anon, authenticated, service_role;

-- from supabase/schemas/kinkster/rollout_status.sql
-- How a rollout stands, for the operator.
create or replace function kinkster.rollout_status(p_rollout_id uuid default null)
  returns jsonb
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
declare
  v_rollout kinkster.rollouts := kinkster.find_rollout(p_rollout_id, null);
  v_is_on boolean := v_rollout.state in ('running', 'paused');
  v_next record := kinkster.next_rollout_step(v_rollout);
  v_guardrails jsonb := case when v_is_on then kinkster.rollout_guardrails(v_rollout) else '[]' end;
begin
  return kinkster.rollout_as_json(v_rollout) || pg_catalog.jsonb_build_object(
    'kinksters', (
      select pg_catalog.jsonb_build_object(
        'all', count(*),
        'reached', count(*) filter (where m.stage <= v_rollout.stage),
        'moved', count(*) filter (where m.moved_at is not null and m.restored_at is null),
        'restored', count(*) filter (where m.restored_at is not null),
        'left', count(*) filter (where m.left_because is not null)
      )
      from kinkster.rollout_kinksters as m
      where m.rollout_id = v_rollout.id and m.stage is not null
    ),
    'conversations', (
      select pg_catalog.jsonb_build_object(
        'all', count(*),
        'reached', count(*) filter (where m.stage <= v_rollout.stage),
        'moved', count(*) filter (where c.rollout_id = v_rollout.id)
      )
      from kinkster.rollout_kinksters as m
      join public.kinkster_conversations as c on c.kinkster_id = m.kinkster_id
      where m.rollout_id = v_rollout.id and m.stage is not null
    ),
    'guardrails', v_guardrails,
    'next', case when v_is_on and v_rollout.stage < 4 then
      pg_catalog.jsonb_build_object(
        'stage', v_next.stage, 'share', v_next.share, 'obstacles', kinkster.rollout_obstacles(v_guardrails)
      )
    end
  );
end
$$;

comment on function kinkster.rollout_status(uuid) is
  'How a rollout stands, the newest for null: state, stage, share, times and paused_because; kinksters (all, reached by the present stage, moved: own provider set, restored, left) and conversations (all, reached, moved); guardrails, while it is running or paused; next, its next step with the obstacles to it. Raises PT404 when there is none.';

revoke execute on function kinkster.rollout_status(uuid) from public, anon, authenticated, service_role;
grant execute on function kinkster.rollout_status(uuid) to service_role, kinkster_worker;

-- from supabase/schemas/kinkster/rollout_figures.sql
-- The figures of a rollout's characters at one provider, in a span of time: what they were before, and are now.
create or replace function kinkster.rollout_figures(
  p_rollout kinkster.rollouts,
  p_provider text,
  p_since timestamptz,
  p_until timestamptz
)
  returns jsonb
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
begin
  return (
    select jsonb_build_object(
      'provider', p_provider,
      'since', (p_since at time zone 'UTC')::date,
      'until', (p_until at time zone 'UTC')::date,
      'turns', s.turns,
      'completed', s.completed,
      'errors', s.errors,
      'error_rate', round(s.errors / nullif(s.completed + s.errors, 0), 4),
      'first_text_p50_ms', first_text.times[1],
      'first_text_p95_ms', first_text.times[2],
      'duration_p50_ms', duration.times[1],
      'duration_p95_ms', duration.times[2],
      'characters_per_second', round(1000 * s.streamed_characters / nullif(s.streamed_ms, 0), 1),
      'cost_per_message_usd', case
        when hosting.usd is null then s.cost_usd / nullif(s.priced, 0)
        else hosting.usd + coalesce(s.cost_usd / nullif(s.priced, 0), 0)
      end,
      'cost_unknown', s.cost_unknown,
      'rated_good', s.rated_good,
      'rated_bad', s.rated_bad,
      'good_share', round(s.rated_good / nullif(s.rated_good + s.rated_bad, 0), 4)
    )
    from (
      select
        coalesce(sum(h.turns), 0) as turns,
        coalesce(sum(h.completed), 0) as completed,
        coalesce(sum(h.failed) - sum(h.failed_by_us), 0) as errors,
        sum(h.streamed_characters) as streamed_characters,
        sum(h.streamed_ms) as streamed_ms,
        case when sum(h.cost_known) > 0 then sum(h.cost_usd) end as cost_usd,
        sum(h.priced) as priced,
        coalesce(sum(h.cost_unknown), 0) as cost_unknown,
        coalesce(sum(h.rated_good), 0) as rated_good,
        coalesce(sum(h.rated_bad), 0) as rated_bad,
        sum(h.first_text_times) as first_text_times,
        sum(h.duration_times) as duration_times
      from kinkster.rollout_kinksters as m
      join kinkster.turn_sums as h on h.kinkster_id = m.kinkster_id
      where m.rollout_id = p_rollout.id
        and m.stage <= p_rollout.stage
        and h.provider = p_provider
        and h.day between (p_since at time zone 'UTC')::date and (p_until at time zone 'UTC')::date
    ) as s
    cross join (
      select sum(f.usd) / sum(f.messages) as usd
      from kinkster.flowise_hosting as f
      where p_provider = 'flowise'
        and f.month between date_trunc('month', p_since at time zone 'UTC') and p_until at time zone 'UTC'
    ) as hosting
    cross join lateral (select kinkster.histogram_percentiles(s.first_text_times, array[0.5, 0.95]) as times offset 0) as first_text
    cross join lateral (select kinkster.histogram_percentiles(s.duration_times, array[0.5, 0.95]) as times offset 0) as duration
  );
end
$$;

comment on function kinkster.rollout_figures(kinkster.rollouts, text, timestamptz, timestamptz) is
  'Figures of the characters that a rollout has reached, at one provider, from the day of p_since to that of p_until (UTC); what is not known is null.';

revoke execute on function kinkster.rollout_figures(kinkster.rollouts, text, timestamptz, timestamptz)
  from public, anon, authenticated, service_role;

-- from supabase/schemas/kinkster/rollout_report.sql
-- What a rollout moved, what that changed, and what stays on Flowise.
create or replace function kinkster.rollout_report(p_rollout_id uuid default null)
  returns jsonb
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
declare
  v_now timestamptz := kinkster.now();
  v_rollout kinkster.rollouts := kinkster.find_rollout(p_rollout_id, null);
begin
  return kinkster.rollout_status(v_rollout.id)
    || pg_catalog.jsonb_build_object('choice', kinkster.rollout_choice(v_rollout.id))
    || case when v_rollout.started_at is null then '{}' else pg_catalog.jsonb_build_object(
      'before', kinkster.rollout_figures(
        v_rollout, 'flowise', v_rollout.started_at - interval '30 days', v_rollout.started_at
      ),
      'after', kinkster.rollout_figures(v_rollout, 'openai_responses', v_rollout.started_at, v_now)
    ) end;
end
$$;

comment on function kinkster.rollout_report(uuid) is
  'rollout_status, with choice: who moves and who stays, and why (kinkster.rollout_choice); and the figures of the characters that it has reached: before, at Flowise in the 30 days up to that of the start (UTC), and after, at the Responses API from that day on. Raises PT404 when there is none.';

revoke execute on function kinkster.rollout_report(uuid) from public, anon, authenticated, service_role;
grant execute on function kinkster.rollout_report(uuid) to service_role, kinkster_worker;

-- from supabase/schemas/kinkster/set_rollout_providers.sql
-- Sets the characters' own provider once a rollout is through, or back after a rollback: so many at a time, in a transaction
-- that is short, and never waiting for a row that somebody is writing. The next call goes on.
create or replace function kinkster.set_rollout_providers(p_rollout kinkster.rollouts)
  returns integer
  language plpgsql
  volatile
  security invoker
  set search_path = ''
as $$
declare
  c_most constant integer := 1000;
  v_back boolean := p_rollout.state = 'rolled_back';
  v_member kinkster.rollout_kinksters;
  v_kinkster public.kinksters;
  v_because text;
begin
  for v_member in
    select m.*
    from kinkster.rollout_kinksters as m
    where m.rollout_id = p_rollout.id
      and m.left_because is null
      and case when v_back then m.moved_at is not null and m.restored_at is null else m.stage is not null and m.moved_at is null end
    order by m.position
    limit c_most
  loop
    select k.* into v_kinkster
    from public.kinksters as k
    where k.id = v_member.kinkster_id
    for no key update skip locked;
    if not found then
      continue when exists (select from public.kinksters as k where k.id = v_member.kinkster_id);
      v_because := 'It was deleted.';
    elsif v_back and (v_kinkster.provider <> 'openai_responses' or v_kinkster.provider_changed_at is distinct from v_member.moved_at)
      or not v_back and (v_kinkster.provider <> 'flowise' or v_kinkster.provider_changed_at > p_rollout.started_at) then
      v_because := 'Its provider was chosen by hand meanwhile.';
    else
      v_because := 'It breaks the rule ' || kinkster.broken_rule(v_kinkster) || ', so it can''t be written.';
    end if;

    if v_because is not null then
      update kinkster.rollout_kinksters as m
      set left_because = v_because
      where m.rollout_id = p_rollout.id and m.kinkster_id = v_member.kinkster_id;
    else
      update public.kinksters as k
      set provider = case when v_back then v_member.previous_provider else 'openai_responses' end
      where k.id = v_member.kinkster_id
      returning k.* into v_kinkster;
      update kinkster.rollout_kinksters as m
      set
        previous_provider = coalesce(m.previous_provider, 'flowise'),
        moved_at = coalesce(m.moved_at, v_kinkster.provider_changed_at),
        restored_at = case when v_back then v_kinkster.provider_changed_at end
      where m.rollout_id = p_rollout.id and m.kinkster_id = v_member.kinkster_id;
    end if;
  end loop;
  return (
    select count(*)::integer
    from kinkster.rollout_kinksters as m
    where m.rollout_id = p_rollout.id
      and m.left_because is null
      and case when v_back then m.moved_at is not null and m.restored_at is null else m.stage is not null and m.moved_at is null end
  );
end
$$;

comment on function kinkster.set_rollout_providers(kinkster.rollouts) is
  'Sets the own provider of up to 1,000 characters of a rollout that is through, or back where it was rolled back and nobody has changed it since; notes why one is left as it is. Returns how many are still to come.';

revoke execute on function kinkster.set_rollout_providers(kinkster.rollouts) from public, anon, authenticated, service_role;

-- from supabase/schemas/kinkster/carry_rollout_on.sql
-- The end of a rollout, as far as it goes in one transaction: workers carry it on.
create or replace function kinkster.carry_rollout_on(p_rollout kinkster.rollouts)
  returns void
  language plpgsql
  volatile
  security invoker
  set search_path = ''
as $$
begin
  if kinkster.set_rollout_providers(p_rollout) = 0 then
    update kinkster.rollouts as r
    set
      state = case when p_rollout.state = 'running' then 'completed' else p_rollout.state end,
      ended_at = kinkster.now()
    where r.id = p_rollout.id;
  end if;
end
$$;

comment on function kinkster.carry_rollout_on(kinkster.rollouts) is
  'Sets the next characters'' own provider in the last stage of a rollout, or back after a rollback, and ends it when none is left. The caller has locked it.';

revoke execute on function kinkster.carry_rollout_on(kinkster.rollouts) from public, anon, authenticated, service_role;

-- from supabase/schemas/kinkster/plan_rollout.sql
-- Chooses which characters move from Flowise to the Responses API, and in which order. Simple is a character whose prompt is
-- all that its flow can know of it: it has a card, and no flow of its own. Simplest first, then those who talk most, so
-- that there is soon something to compare.
create or replace function kinkster.plan_rollout()
  returns jsonb
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
declare
  c_several constant integer := 3;  -- characters with one chatflow: it was not made for one of them
  v_now timestamptz := kinkster.now();
  v_rollout kinkster.rollouts;
begin
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('kinkster.plan_rollout', 0));
  select r.* into v_rollout
  from kinkster.rollouts as r
  where r.state in ('planned', 'running', 'paused')
  for update;
  if v_rollout.state in ('running', 'paused') then
    raise sqlstate 'PT409' using
      message = pg_catalog.format('A rollout is %s.', v_rollout.state),
      hint = 'Take it to its end with advance_kinkster_rollout, or back with rollback_kinkster_rollout, then plan another.';
  end if;
  delete from kinkster.rollouts as r where r.id = v_rollout.id;
  insert into kinkster.rollouts default values returning * into v_rollout;

  insert into kinkster.rollout_kinksters (rollout_id, kinkster_id, position, stage, is_simple, reasons, turns_30_days)
  with flow as (
    select k.flowise_chatflow_id as id, count(*) as kinksters
    from public.kinksters as k
    where k.provider = 'flowise'
    group by 1
  ),

  talked as (
    select h.kinkster_id, sum(h.turns) as turns
    from kinkster.turn_sums as h
    where h.kinkster_id is not null and h.day >= ((v_now - interval '30 days') at time zone 'UTC')::date
    group by 1
  ),

  -- Materialized: what is asked of each character is asked once.
  looked_at as materialized (
    select
      k.id,
      coalesce(talked.turns, 0) as turns,
      own.no_flow,
      coalesce(flow.kinksters, 0) as same_flow,
      (kinkster.chat_obstacle(k, null)).reason as obstacle,
      pg_catalog.concat_ws(
        ', ',
        case when not kinkster.is_blank(k.openai_instructions) then 'instructions of its author' end,
        case when not kinkster.is_blank(pg_catalog.array_to_string(k.personality_traits, '')) then 'personality' end,
        case when not kinkster.is_blank(pg_catalog.concat(k.bio, k.backstory)) then 'background' end,
        case when not kinkster.is_blank(pg_catalog.concat(
          k.appearance_description, k.body_type, k.build, k.height, k.hair_color, k.hair_style, k.eye_color, k.skin_tone,
          k.aesthetic, pg_catalog.array_to_string(k.clothing_style, '')
        )) then 'appearance' end,
        case when not kinkster.is_blank(pg_catalog.concat(
          pg_catalog.array_to_string(k.top_kinks, ''), pg_catalog.array_to_string(k.kink_interests, ''),
          pg_catalog.array_to_string(k.role_preferences, '')
        )) then 'interests' end
      ) as says
    from public.kinksters as k
    left join flow on flow.id = k.flowise_chatflow_id
    left join talked on talked.kinkster_id = k.id
    cross join lateral (select kinkster.is_blank(k.flowise_chatflow_id) as no_flow offset 0) as own
    where k.provider = 'flowise'
  ),

  judged as materialized (
    select
      l.*,
      case
        when l.obstacle is not null then 'It can''t be chatted with: ' || l.obstacle
        when not l.no_flow and l.same_flow < c_several then 'It has a chatflow of its own, which may do more than a prompt says.'
        when l.says = '' then 'Its card says no more than a name: the flow must know who it is.'
      end as stays_because
    from looked_at as l
  ),

  placed as (
    select
      j.*,
      row_number() over (order by j.stays_because is not null, not j.no_flow, j.turns desc, j.id) as place
    from judged as j
  )

  select
    v_rollout.id,
    p.id,
    p.place,
    case when p.stays_because is null then case when p.place <= 2 then 1 when p.place <= 10 then 2 else 3 end end,
    p.stays_because is null,
    case
      when p.stays_because is not null then array[p.stays_because]
      else array[
        case
          when p.no_flow then 'It uses the default chatflow.'
          else pg_catalog.format('It shares its chatflow with %s other characters.', p.same_flow - 1)
        end,
        pg_catalog.format('Its card makes a prompt: %s.', p.says)
      ]
    end,
    p.turns
  from placed as p;

  return '{"success": true}' || kinkster.rollout_as_json(v_rollout) || kinkster.rollout_choice(v_rollout.id);
end
$$;

comment on function kinkster.plan_rollout() is
  'What plan_kinkster_rollout does, with the right to read every character.';

revoke execute on function kinkster.plan_rollout() from public, anon, authenticated, service_role;
grant execute on function kinkster.plan_rollout() to service_role, kinkster_worker;

-- from supabase/schemas/kinkster/start_rollout.sql
-- Starts what was planned, or lets it go on after a pause.
create or replace function kinkster.start_rollout(p_rollout_id uuid)
  returns jsonb
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
declare
  v_now timestamptz := kinkster.now();
  v_rollout kinkster.rollouts := kinkster.find_rollout(p_rollout_id, array['planned', 'paused']);
  v_first integer := (select min(m.stage) from kinkster.rollout_kinksters as m where m.rollout_id = v_rollout.id);
  v_worker text;
begin
  if v_first is null then
    raise sqlstate 'PT409' using
      message = 'No character of this plan moves.',
      hint = 'See in the plan why each stays; give characters a card, or the default chatflow, and plan again.';
  end if;
  select w.name into v_worker
  from kinkster.workers as w
  where w.seen_at > v_now - interval '90 seconds' and w.about ->> 'openai' is null
  limit 1;
  if found then
    raise sqlstate 'PT409' using
      message = pg_catalog.format('The worker %s has no key of the OpenAI API.', v_worker),
      hint = 'Set OPENAI_API_KEY for every worker and start them again: turns that move would fail there.';
  end if;
  update kinkster.rollouts as r
  set
    state = 'running',
    stage = case when r.state = 'planned' then v_first else r.stage end,
    share = case when r.state <> 'planned' then r.share when v_first = 3 then 25 else 100 end,
    started_at = coalesce(r.started_at, v_now),
    stage_started_at = coalesce(r.stage_started_at, v_now),
    measured_since = v_now,
    checked_at = null,
    paused_because = null
  where r.id = v_rollout.id;
  return '{"success": true}' || kinkster.rollout_status(v_rollout.id);
end
$$;

comment on function kinkster.start_rollout(uuid) is
  'What start_kinkster_rollout does, with the right to write rollouts.';

revoke execute on function kinkster.start_rollout(uuid) from public, anon, authenticated, service_role;
grant execute on function kinkster.start_rollout(uuid) to service_role, kinkster_worker;

-- from supabase/schemas/kinkster/advance_rollout.sql
-- The next step of a running rollout, once the guardrails say that the last one did no harm.
create or replace function kinkster.advance_rollout(p_rollout_id uuid, p_share integer, p_anyway boolean)
  returns jsonb
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
declare
  v_now timestamptz := kinkster.now();
  v_seen kinkster.rollouts := kinkster.find_rollout(p_rollout_id, null);
  v_rollout kinkster.rollouts := kinkster.find_rollout(v_seen.id, array['running']);
  v_next record;
  v_missing text;
begin
  if (v_rollout.stage, v_rollout.share) is distinct from (v_seen.stage, v_seen.share) then
    raise sqlstate 'PT409' using
      message = 'Somebody else has just advanced this rollout.',
      hint = 'Look at its status, then decide.';
  end if;
  if v_rollout.stage < 4 then
    v_next := kinkster.next_rollout_step(v_rollout);
    if p_share is not null and (
      v_next.stage <> 3 or p_share not between 1 and 100 or (v_rollout.stage = 3 and p_share <= v_rollout.share)
    ) then
      raise sqlstate 'PT422' using
        message = pg_catalog.format('%s is no share to advance to.', p_share),
        hint = case
          when v_next.stage <> 3 then 'Leave it out: a share is for the third stage, as long as not all conversations have moved.'
          else pg_catalog.format('Use %s to 100.', case when v_rollout.stage = 3 then v_rollout.share + 1 else 1 end)
        end;
    end if;
    if not coalesce(p_anyway, false) then
      v_missing := kinkster.rollout_obstacles(kinkster.rollout_guardrails(v_rollout));
      if v_missing is not null then
        raise sqlstate 'PT409' using
          message = 'The rollout is not ready for its next step. ' || v_missing,
          hint = 'Wait for more turns, or look into it; p_anyway (--anyway) advances all the same.';
      end if;
    end if;
    update kinkster.rollouts as r
    set
      stage = v_next.stage,
      share = coalesce(p_share, v_next.share),
      stage_started_at = v_now,
      measured_since = v_now,
      checked_at = null
    where r.id = v_rollout.id
    returning r.* into v_rollout;
  end if;
  if v_rollout.stage = 4 then
    perform kinkster.carry_rollout_on(v_rollout);
  end if;
  return '{"success": true}' || kinkster.rollout_status(v_rollout.id);
end
$$;

comment on function kinkster.advance_rollout(uuid, integer, boolean) is
  'What advance_kinkster_rollout does, with the right to write rollouts and characters.';

revoke execute on function kinkster.advance_rollout(uuid, integer, boolean) from public, anon, authenticated, service_role;
grant execute on function kinkster.advance_rollout(uuid, integer, boolean) to service_role, kinkster_worker;

-- from supabase/schemas/kinkster/pause_rollout.sql
-- Nobody new moves; who has moved stays.
create or replace function kinkster.pause_rollout(p_rollout_id uuid, p_reason text)
  returns jsonb
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
declare
  v_rollout kinkster.rollouts := kinkster.find_rollout(p_rollout_id, array['running']);
begin
  update kinkster.rollouts as r
  set
    state = 'paused',
    paused_because = case when kinkster.is_blank(p_reason) then 'Paused by hand.' else pg_catalog.left(p_reason, 1000) end
  where r.id = v_rollout.id;
  return '{"success": true}' || kinkster.rollout_status(v_rollout.id);
end
$$;

comment on function kinkster.pause_rollout(uuid, text) is
  'What pause_kinkster_rollout does, with the right to write rollouts.';

revoke execute on function kinkster.pause_rollout(uuid, text) from public, anon, authenticated, service_role;
grant execute on function kinkster.pause_rollout(uuid, text) to service_role, kinkster_worker;

-- from supabase/schemas/kinkster/rollback_rollout.sql
-- All go back with their next turn. What has been said stays in the transcript, which Flowise is then told.
create or replace function kinkster.rollback_rollout(p_rollout_id uuid)
  returns jsonb
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
declare
  v_rollout kinkster.rollouts := kinkster.find_rollout(p_rollout_id, array['running', 'paused', 'completed']);
begin
  update kinkster.rollouts as r
  set state = 'rolled_back', ended_at = null
  where r.id = v_rollout.id
  returning r.* into v_rollout;
  perform kinkster.carry_rollout_on(v_rollout);
  return '{"success": true}' || kinkster.rollout_status(v_rollout.id);
end
$$;

comment on function kinkster.rollback_rollout(uuid) is
  'What rollback_kinkster_rollout does, with the right to write characters.';

revoke execute on function kinkster.rollback_rollout(uuid) from public, anon, authenticated, service_role;
grant execute on function kinkster.rollback_rollout(uuid) to service_role, kinkster_worker;

-- from supabase/schemas/kinkster/watch_rollout.sql
-- What workers do for a rollout, each every half minute: one of them at a time looks at the guardrails of the running one
-- and pauses it when one is broken; and whoever comes by carries an end on that was too long for one transaction.
create or replace function kinkster.watch_rollout()
  returns jsonb
  language plpgsql
  volatile
  security definer
  set search_path = ''
as $$
declare
  c_pause constant interval := interval '20 seconds';
  v_now timestamptz := kinkster.now();
  v_rollout kinkster.rollouts;
  v_broken text;
begin
  for v_rollout in
    select r.*
    from kinkster.rollouts as r
    where (r.state = 'running' and coalesce(r.checked_at <= v_now - c_pause, true))
      or (r.state = 'rolled_back' and r.ended_at is null)
    order by r.created_at
    for no key update skip locked
  loop
    if v_rollout.state = 'rolled_back' or v_rollout.stage = 4 then
      perform kinkster.carry_rollout_on(v_rollout);
    else
      select pg_catalog.string_agg(g ->> 'because', ' ') into v_broken
      from pg_catalog.jsonb_array_elements(kinkster.rollout_guardrails(v_rollout)) as g
      where g ->> 'state' = 'broken';
      update kinkster.rollouts as r
      set
        checked_at = v_now,
        state = case when v_broken is null then r.state else 'paused' end,
        paused_because = v_broken
      where r.id = v_rollout.id;
    end if;
  end loop;
  select r.* into v_rollout from kinkster.rollouts as r where r.state in ('running', 'paused');
  return pg_catalog.jsonb_build_object(
    'state', coalesce(v_rollout.state, 'none'),
    'rollout_id', v_rollout.id,
    'paused', v_broken is not null,
    'because', v_broken
  );
end
$$;

comment on function kinkster.watch_rollout() is
  'Checks the guardrails of the running rollout, unless that was done a moment ago, and pauses it when one is broken; carries on what sets characters'' own provider at an end. Returns state (running, paused, or none), and whether this call paused it (paused), with the reason (because).';

revoke execute on function kinkster.watch_rollout() from public, anon, authenticated, service_role;
grant execute on function kinkster.watch_rollout() to kinkster_worker;

-- from supabase/schemas/kinkster/share_difference.sql
-- How far two shares are apart beyond chance: the interval of Newcombe (1998, Statistics in Medicine 17: 873-890, method 10)
-- from Wilson's of each, which holds for few observations and for shares near 0 and 1, unlike the one of textbooks.
create or replace function kinkster.share_difference(
  p_found bigint,
  p_of bigint,
  p_other_found bigint,
  p_other_of bigint,
  out lowest double precision,
  out highest double precision
)
  language plpgsql
  immutable
  parallel safe
  security invoker
  set search_path = ''
as $$
declare
  c_z constant double precision := 1.959963984540054::double precision;  -- 95 in 100 such intervals hold the truth
  v_share double precision := p_found::double precision / nullif(p_of, 0);
  v_other double precision := p_other_found::double precision / nullif(p_other_of, 0);
  v_middle double precision := (2 * p_found + c_z ^ 2) / (2 * (p_of + c_z ^ 2));
  v_half double precision := c_z * pg_catalog.sqrt(c_z ^ 2 + 4 * p_found * (1 - v_share)) / (2 * (p_of + c_z ^ 2));
  v_other_middle double precision := (2 * p_other_found + c_z ^ 2) / (2 * (p_other_of + c_z ^ 2));
  v_other_half double precision :=
    c_z * pg_catalog.sqrt(c_z ^ 2 + 4 * p_other_found * (1 - v_other)) / (2 * (p_other_of + c_z ^ 2));
begin
  lowest := v_share - v_other
    - pg_catalog.sqrt((v_share - v_middle + v_half) ^ 2 + (v_other_middle + v_other_half - v_other) ^ 2);
  highest := v_share - v_other
    + pg_catalog.sqrt((v_middle + v_half - v_share) ^ 2 + (v_other - v_other_middle + v_other_half) ^ 2);
end
$$;

comment on function kinkster.share_difference(bigint, bigint, bigint, bigint) is
  'Between which values the difference of two shares lies (p_found in p_of less p_other_found in p_other_of), with 95 % confidence: beyond chance when 0 is not between them. Nulls when nothing was observed.';

revoke execute on function kinkster.share_difference(bigint, bigint, bigint, bigint)
  from public, anon, authenticated, service_role;

-- from supabase/schemas/kinkster/report_figures.sql
-- One provider's figures with what a fair comparison needs besides: how many turns and ratings are behind them, how sure the
-- median is, and whether all of its cost is known.
create or replace function kinkster.report_figures(p_provider text, p_since timestamptz)
  returns jsonb
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  c_z constant double precision := 1.959963984540054::double precision;
  c_nearly_all constant numeric := 0.9;
  v_figures jsonb := kinkster.turn_figures(p_provider, p_since);
  v_sums record;
  v_half double precision;
  v_range integer[];
  v_knows_tokens boolean;
begin
  select coalesce(sum(s.completed), 0) as completed, coalesce(sum(s.priced), 0) as priced, sum(s.first_text_times) as times
  into v_sums
  from kinkster.turn_sums as s
  where s.kinkster_id is null
    and s.provider = p_provider
    and s.day >= (p_since at time zone 'UTC')::date;
  -- Between the times at these two places in the order lies the median of all turns that might have been, with 95 % confidence.
  v_half := least(c_z * 0.5 / pg_catalog.sqrt(nullif(v_sums.completed, 0)::double precision), 0.5);
  v_range := kinkster.histogram_percentiles(v_sums.times, array[0.5 - v_half, 0.5 + v_half]);
  v_knows_tokens := v_sums.priced > 0 and v_sums.priced >= c_nearly_all * v_sums.completed;
  return v_figures || pg_catalog.jsonb_build_object(
    'measured', (v_figures ->> 'completed')::bigint + (v_figures ->> 'errors')::bigint,
    'ratings', (v_figures ->> 'rated_good')::bigint + (v_figures ->> 'rated_bad')::bigint,
    'first_text_p50_range_ms', v_range,
    'cost_is_whole', v_knows_tokens and (p_provider <> 'flowise' or v_figures ->> 'hosting_per_message_usd' is not null)
  );
end
$$;

comment on function kinkster.report_figures(text, timestamptz) is
  'kinkster.turn_figures with measured (whole replies and the provider''s errors), ratings, first_text_p50_range_ms (between which two times the median lies with 95 % confidence), and cost_is_whole: whether the cost of nine in ten replies is known, and, of Flowise, that of its hosting. Otherwise cost_per_message_usd is the part that is known.';

revoke execute on function kinkster.report_figures(text, timestamptz) from public, anon, authenticated, service_role;

-- from supabase/schemas/kinkster/compare_providers.sql
-- Which of two providers does better, and at what. A difference counts when it is beyond chance and large enough to matter:
-- shares differ by a point or more, the median time to the first text by a fifth, the cost of a message by a tenth.
create or replace function kinkster.compare_providers(p_flowise jsonb, p_responses jsonb)
  returns jsonb
  language plpgsql
  immutable
  security invoker
  set search_path = ''
as $$
declare
  c_turns constant integer := 30;
  c_ratings constant integer := 10;
  c_points constant numeric := 0.01;
  c_faster constant numeric := 0.8;
  c_cheaper constant numeric := 0.9;
  v_names constant jsonb := '{"flowise": "Flowise", "openai_responses": "Responses"}'::jsonb;
  v_measured bigint[] := array[(p_flowise ->> 'measured')::bigint, (p_responses ->> 'measured')::bigint];
  v_ratings bigint[] := array[(p_flowise ->> 'ratings')::bigint, (p_responses ->> 'ratings')::bigint];
  v_errors numeric[] := array[(p_flowise ->> 'error_rate')::numeric, (p_responses ->> 'error_rate')::numeric];
  v_times numeric[] := array[(p_flowise ->> 'first_text_p50_ms')::numeric, (p_responses ->> 'first_text_p50_ms')::numeric];
  v_costs numeric[] := array[(p_flowise ->> 'cost_per_message_usd')::numeric, (p_responses ->> 'cost_per_message_usd')::numeric];
  v_good numeric[] := array[(p_flowise ->> 'good_share')::numeric, (p_responses ->> 'good_share')::numeric];
  v_whole boolean[] := array[(p_flowise ->> 'cost_is_whole')::boolean, (p_responses ->> 'cost_is_whole')::boolean];
  v_apart record;
  v_better text;
  v_found jsonb[];
  v_verdict text;
  v_because text;
begin
  v_apart := kinkster.share_difference(
    (p_responses ->> 'errors')::bigint, v_measured[2], (p_flowise ->> 'errors')::bigint, v_measured[1]
  );
  v_better := case
    when least(v_measured[1], v_measured[2]) < c_turns then 'unknown'
    when v_apart.highest < 0 and v_errors[1] - v_errors[2] >= c_points then 'openai_responses'
    when v_apart.lowest > 0 and v_errors[2] - v_errors[1] >= c_points then 'flowise'
    else 'neither'
  end;
  v_found := v_found || pg_catalog.jsonb_build_object('figure', 'error_rate', 'better', v_better, 'because', pg_catalog.format(
    'Errors: %s of Flowise''s %s turns, %s of Responses'' %s%s.',
    p_flowise ->> 'errors', v_measured[1], p_responses ->> 'errors', v_measured[2],
    case v_better when 'unknown' then ', too few to compare' when 'neither' then ': no difference beyond chance, or less than a point' else '' end
  ));

  v_better := case
    when least(v_measured[1], v_measured[2]) < c_turns or v_times[1] is null or v_times[2] is null then 'unknown'
    when v_times[2] <= c_faster * v_times[1]
      and (p_responses #>> '{first_text_p50_range_ms,1}')::integer < (p_flowise #>> '{first_text_p50_range_ms,0}')::integer
      then 'openai_responses'
    when v_times[1] <= c_faster * v_times[2]
      and (p_flowise #>> '{first_text_p50_range_ms,1}')::integer < (p_responses #>> '{first_text_p50_range_ms,0}')::integer
      then 'flowise'
    else 'neither'
  end;
  v_found := v_found || pg_catalog.jsonb_build_object('figure', 'first_text_p50_ms', 'better', v_better, 'because', pg_catalog.format(
    'First text: half of the replies begin within %s at Flowise, within %s at Responses%s.',
    coalesce(v_times[1] || ' ms', 'a time that is not known'), coalesce(v_times[2] || ' ms', 'a time that is not known'),
    case v_better when 'unknown' then ', too few turns to compare' when 'neither' then ': no difference beyond chance, or less than a fifth' else '' end
  ));

  v_better := case
    when least(v_measured[1], v_measured[2]) < c_turns or v_costs[1] is null or v_costs[2] is null or not v_whole[2] then 'unknown'
    when v_costs[2] < v_costs[1] and v_costs[2] <= c_cheaper * v_costs[1] then 'openai_responses'
    when not v_whole[1] then 'unknown'
    when v_costs[1] < v_costs[2] and v_costs[1] <= c_cheaper * v_costs[2] then 'flowise'
    else 'neither'
  end;
  v_found := v_found || pg_catalog.jsonb_build_object('figure', 'cost_per_message_usd', 'better', v_better, 'because', pg_catalog.format(
    'Cost of 1,000 messages: %s at Flowise, %s at Responses%s.',
    case
      when v_costs[1] is null then 'not known'
      else case when v_whole[1] then '' else 'at least ' end || pg_catalog.round(1000 * v_costs[1], 2) || ' USD'
    end,
    case
      when v_costs[2] is null then 'not known'
      else case when v_whole[2] then '' else 'at least ' end || pg_catalog.round(1000 * v_costs[2], 2) || ' USD'
    end,
    case v_better
      when 'neither' then ': less than a tenth apart'
      when 'unknown' then case
        when least(v_measured[1], v_measured[2]) < c_turns then ', too few turns to compare'
        when v_costs[2] is null or not v_whole[2] then ', since models lack a price in kinkster.model_prices'
        when p_flowise ->> 'hosting_per_message_usd' is null
          then ', until flowise_monthly_cost_usd of kinkster.settings says what it costs to run'
        else ', since most flows do not tell their tokens'
      end
      else ''
    end
  ));

  v_apart := kinkster.share_difference(
    (p_responses ->> 'rated_good')::bigint, v_ratings[2], (p_flowise ->> 'rated_good')::bigint, v_ratings[1]
  );
  v_better := case
    when least(v_ratings[1], v_ratings[2]) < c_ratings then 'unknown'
    when v_apart.lowest > 0 and v_good[2] - v_good[1] >= c_points then 'openai_responses'
    when v_apart.highest < 0 and v_good[1] - v_good[2] >= c_points then 'flowise'
    else 'neither'
  end;
  v_found := v_found || pg_catalog.jsonb_build_object('figure', 'good_share', 'better', v_better, 'because', pg_catalog.format(
    'Ratings: %s good of Flowise''s %s, %s good of Responses'' %s%s.',
    p_flowise ->> 'rated_good', v_ratings[1], p_responses ->> 'rated_good', v_ratings[2],
    case v_better
      when 'unknown' then pg_catalog.format(', and %s of each are needed', c_ratings)
      when 'neither' then ': no difference beyond chance, or less than a point'
      else ''
    end
  ));

  select
    case
      when least(v_measured[1], v_measured[2]) < c_turns then 'too_few_turns'
      when bool_or(c ->> 'better' = 'flowise') and bool_or(c ->> 'better' = 'openai_responses') then 'mixed'
      else coalesce(max(c ->> 'better') filter (where v_names ? (c ->> 'better')), 'no_difference')
    end
  into v_verdict
  from unnest(v_found) as c;
  v_because := case v_verdict
    when 'too_few_turns' then pg_catalog.format(
      'Too few turns to compare, which takes %s of each: %s of Flowise, %s of Responses.', c_turns, v_measured[1], v_measured[2]
    )
    when 'mixed' then 'Each does better at something: what counts more is yours to decide.'
    when 'no_difference' then 'Nothing is better at either, beyond chance: no reason to move.'
    else pg_catalog.format(
      '%s does better, and worse at nothing that can be compared: %s turns of Flowise, %s of Responses.',
      v_names ->> v_verdict, v_measured[1], v_measured[2]
    )
  end;
  return pg_catalog.jsonb_build_object(
    'verdict', v_verdict,
    'because', v_because,
    'turns_needed', c_turns,
    'comparisons', pg_catalog.to_jsonb(v_found)
  );
end
$$;

comment on function kinkster.compare_providers(jsonb, jsonb) is
  'A verdict over two answers of kinkster.report_figures, of Flowise and of openai_responses: too_few_turns (fewer than turns_needed measured of one), mixed, no_difference, or the provider that does better at something and worse at nothing; with a sentence (because) and comparisons: figure, better (a provider, neither, or unknown) and because.';

revoke execute on function kinkster.compare_providers(jsonb, jsonb) from public, anon, authenticated, service_role;

-- from supabase/schemas/kinkster/provider_report.sql
-- Flowise beside the Responses API, for an operator who wonders whether to move characters.
create or replace function kinkster.provider_report(p_days integer default 30)
  returns jsonb
  language plpgsql
  stable
  security definer
  set search_path = ''
as $$
declare
  c_most constant integer := 366;
  v_since timestamptz := kinkster.now() - pg_catalog.make_interval(days => p_days);
  v_flowise jsonb;
  v_responses jsonb;
  v_kinksters bigint;
  v_rollout_id uuid;
  v_simple bigint;
begin
  if p_days is null or p_days not between 1 and c_most then
    raise sqlstate 'PT422' using
      message = pg_catalog.format('A report can''t cover %s days.', coalesce(p_days::text, 'no')),
      hint = pg_catalog.format('Choose 1 to %s days.', c_most);
  end if;
  v_flowise := kinkster.report_figures('flowise', v_since);
  v_responses := kinkster.report_figures('openai_responses', v_since);

  select count(*) into v_kinksters from public.kinksters as k where k.provider = 'flowise';
  select r.id into v_rollout_id from kinkster.rollouts as r order by r.created_at desc, r.id limit 1;
  if v_rollout_id is not null then
    select count(*) into v_simple
    from kinkster.rollout_kinksters as m
    join public.kinksters as k on k.id = m.kinkster_id
    where m.rollout_id = v_rollout_id and m.is_simple and k.provider = 'flowise';
  end if;
  return pg_catalog.jsonb_build_object(
    'success', true,
    'days', p_days,
    'since', v_flowise -> 'since',
    'flowise', v_flowise,
    'openai_responses', v_responses,
    'flowise_kinksters', v_kinksters,
    'simple_kinksters', v_simple
  ) || kinkster.compare_providers(v_flowise, v_responses);
end
$$;

comment on function kinkster.provider_report(integer) is
  'Figures of the last p_days days (1 to 366; whole days, UTC): flowise and openai_responses as kinkster.report_figures gives them; verdict, because and comparisons as kinkster.compare_providers does; how many characters Flowise answers for (flowise_kinksters), and how many of them the newest rollout''s plan counted as simple (simple_kinksters; null without a plan). Raises PT422.';

revoke execute on function kinkster.provider_report(integer) from public, anon, authenticated, service_role;
grant execute on function kinkster.provider_report(integer) to service_role, kinkster_worker;

-- from supabase/schemas/public/plan_kinkster_rollout.sql
-- Moving characters from Flowise to the Responses API begins with a plan, which moves nobody.
create or replace function public.plan_kinkster_rollout()
  returns jsonb
  language plpgsql
  volatile
  security invoker
  set search_path = ''
as $$
begin
  return kinkster.plan_rollout();
end
$$;

comment on function public.plan_kinkster_rollout() is
  'Plans a rollout, in place of one that was planned and not started: chooses the simple characters among those of Flowise, in stages of two, up to ten, and all, and says for each why it is simple, or why it stays (kinkster.rollout_choice). Changes no character. Raises PT409 while a rollout is running or paused.';

revoke execute on function public.plan_kinkster_rollout() from public, anon, authenticated, service_role;
grant execute on function public.plan_kinkster_rollout() to service_role, kinkster_worker;

-- from supabase/schemas/public/start_kinkster_rollout.sql
-- The first one or two characters move, with all their conversations.
create or replace function public.start_kinkster_rollout(p_rollout_id uuid default null)
  returns jsonb
  language plpgsql
  volatile
  security invoker
  set search_path = ''
as $$
begin
  return kinkster.start_rollout(p_rollout_id);
end
$$;

comment on function public.start_kinkster_rollout(uuid) is
  'Starts the planned rollout with its first stage, or lets a paused one go on, with its figures measured anew. From then on conversations move with their next turn. Returns kinkster.rollout_status. Raises PT404 for an unknown one, PT409 when it is neither planned nor paused, nobody moves, or a worker has no key of the OpenAI API.';

revoke execute on function public.start_kinkster_rollout(uuid) from public, anon, authenticated, service_role;
grant execute on function public.start_kinkster_rollout(uuid) to service_role, kinkster_worker;

-- from supabase/schemas/public/advance_kinkster_rollout.sql
-- From one or two characters to ten, to all, to the end.
create or replace function public.advance_kinkster_rollout(
  p_rollout_id uuid default null,
  p_share integer default null,
  p_anyway boolean default false
)
  returns jsonb
  language plpgsql
  volatile
  security invoker
  set search_path = ''
as $$
begin
  return kinkster.advance_rollout(p_rollout_id, p_share, p_anyway);
end
$$;

comment on function public.advance_kinkster_rollout(uuid, integer, boolean) is
  'Takes the next step of the running rollout: the second stage; the third with a quarter, half, and all of the conversations (or p_share of a hundred); at last the characters'' own provider, and it is completed. Returns kinkster.rollout_status. Raises PT404, PT422 for a share that makes no sense, and PT409 when it is not running, somebody else has just advanced it, or, unless p_anyway, a guardrail is broken or too few turns say anything.';

revoke execute on function public.advance_kinkster_rollout(uuid, integer, boolean) from public, anon, authenticated, service_role;
grant execute on function public.advance_kinkster_rollout(uuid, integer, boolean) to service_role, kinkster_worker;

-- from supabase/schemas/public/pause_kinkster_rollout.sql
-- Time to look into something.
create or replace function public.pause_kinkster_rollout(
  p_rollout_id uuid default null,
  p_reason text default null
)
  returns jsonb
  language plpgsql
  volatile
  security invoker
  set search_path = ''
as $$
begin
  return kinkster.pause_rollout(p_rollout_id, p_reason);
end
$$;

comment on function public.pause_kinkster_rollout(uuid, text) is
  'Pauses the running rollout: no further conversation moves, and those that have moved stay. start_kinkster_rollout lets it go on. Returns kinkster.rollout_status. Raises PT404, and PT409 when it is not running.';

revoke execute on function public.pause_kinkster_rollout(uuid, text) from public, anon, authenticated, service_role;
grant execute on function public.pause_kinkster_rollout(uuid, text) to service_role, kinkster_worker;

-- from supabase/schemas/public/rollback_kinkster_rollout.sql
-- One statement, and everybody is back where they were. Nothing is lost.
create or replace function public.rollback_kinkster_rollout(p_rollout_id uuid default null)
  returns jsonb
  language plpgsql
  volatile
  security invoker
  set search_path = ''
as $$
begin
  return kinkster.rollback_rollout(p_rollout_id);
end
$$;

comment on function public.rollback_kinkster_rollout(uuid) is
  'Takes a rollout back, also a completed one: each conversation is answered by its character''s own provider from its next turn on and is told its transcript; own providers that the rollout set are set back, unless somebody has changed them since. Returns kinkster.rollout_status. Raises PT404, and PT409 when it was not started or is rolled back already.';

revoke execute on function public.rollback_kinkster_rollout(uuid) from public, anon, authenticated, service_role;
grant execute on function public.rollback_kinkster_rollout(uuid) to service_role, kinkster_worker;

-- from supabase/schemas/kinkster/chosen_models.sql
-- Which models are asked for: what the checks look up, and what a command asks the provider about.
create or replace function kinkster.chosen_models()
  returns table (model text, kinksters bigint)
  language sql
  stable
  security invoker
  set search_path = ''
as $$
  select coalesce(k.openai_model, s.default_openai_model), count(k.id)
  from kinkster.settings as s
  left join public.kinksters as k on k.provider = 'openai_responses' and k.is_active is not false
  group by 1
  order by 2 desc, 1
  limit 50
$$;

comment on function kinkster.chosen_models() is
  'The models that characters of the Responses API ask for, the default for those that chose none, with the number of characters; at most 50, the most used first. Where there are no such characters: the default.';

revoke execute on function kinkster.chosen_models() from public, anon, authenticated, service_role;

-- from supabase/schemas/kinkster/is_bare.sql
-- A prompt may be built from next to nothing, and then the model makes somebody up.
create or replace function kinkster.is_bare(p_kinkster public.kinksters)
  returns boolean
  language plpgsql
  immutable
  security invoker
  set search_path = ''
as $$
begin
  -- Most characters say something in the first text; only the others are looked through.
  return kinkster.is_blank(coalesce(p_kinkster.bio, ''))
    and kinkster.is_blank(
      pg_catalog.concat_ws(
        '', p_kinkster.openai_instructions, p_kinkster.archetype, p_kinkster.specialty, p_kinkster.backstory,
        p_kinkster.appearance_description, kinkster.quoted_attributes(p_kinkster.physical_attributes), p_kinkster.body_type,
        p_kinkster.height, p_kinkster.build, p_kinkster.hair_color, p_kinkster.hair_style, p_kinkster.eye_color,
        p_kinkster.skin_tone, p_kinkster.facial_hair, p_kinkster.aesthetic, kinkster.quoted_list(p_kinkster.clothing_style),
        kinkster.quoted_list(p_kinkster.fetish_wear), kinkster.quoted_list(p_kinkster.favorite_colors),
        kinkster.quoted_list(p_kinkster.personality_traits), kinkster.quoted_list(p_kinkster.top_kinks),
        kinkster.quoted_list(p_kinkster.kink_interests), kinkster.quoted_list(p_kinkster.role_preferences)
      )
    );
end
$$;

comment on function kinkster.is_bare(public.kinksters) is
  'Whether nothing is known of a character but its name, role, pronouns, age and experience, which have defaults.';

revoke execute on function kinkster.is_bare(public.kinksters) from public, anon, authenticated, service_role;

-- from supabase/schemas/kinkster/how_turns_end.sql
-- What came of a provider's latest turns: of the last day, at most 10,000.
create or replace function kinkster.how_turns_end(p_provider text, out state text, out said text, out todo text)
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  c_some constant integer := 3;
  v_now timestamptz := kinkster.now();
  v_kinkster_id uuid;
  v_completed bigint;
  v_failed bigint;
  v_error text;
begin
  select
    count(*) filter (where t.status = 'completed'),
    count(*) filter (where t.status = 'failed'),
    (pg_catalog.array_agg(t.error_code || ': ' || t.error_message || ' ' || t.error_hint order by t.created_at desc)
      filter (where t.status = 'failed'))[1]
  into v_completed, v_failed, v_error
  from (
    select t.provider, t.status, t.created_at, t.error_code, t.error_message, t.error_hint
    from public.kinkster_turns as t
    where t.created_at > v_now - interval '1 day'
    order by t.created_at desc
    limit 10000
  ) as t
  where t.provider = p_provider;
  said := pg_catalog.format('Turns of the last 24 hours: %s completed, %s failed.', v_completed, v_failed)
    || coalesce(' The last failure: ' || v_error, '');
  if v_failed >= c_some and v_failed > v_completed then
    state := 'problem';
    todo := 'See the failures: select error_code, error_hint, count(*) from kinkster_turns where status = ''failed'' group by 1, 2;';
  elsif v_failed >= c_some and v_failed * 20 > v_completed then
    state := 'warning';
    todo := 'More than one in twenty fails: select error_code, error_hint, count(*) from kinkster_turns where status = ''failed'' group by 1, 2;';
  elsif v_completed > 0 then
    state := 'ok';
  else
    select k.id into v_kinkster_id
    from public.kinksters as k
    where k.provider = p_provider and k.is_active is not false
    order by k.is_system_kinkster desc, k.id
    limit 1;
    state := case when v_kinkster_id is null then 'ok' else 'unknown' end;
    if v_kinkster_id is null then
      said := pg_catalog.format('No character is answered by %s.', p_provider);
    else
      todo := pg_catalog.format('Try one, signed in: select send_kinkster_message(''%s'', ''Hello.'');', v_kinkster_id);
    end if;
  end if;
end
$$;

comment on function kinkster.how_turns_end(text) is
  'How turns of a provider ended in the last 24 hours: ok, a warning when more than one in twenty fails, a problem when most fail (three at least), unknown when none was completed.';

revoke execute on function kinkster.how_turns_end(text) from public, anon, authenticated, service_role;

-- from supabase/schemas/kinkster/doctor_migrations.sql
-- Whether what stands here is on record, so that the Supabase CLI does not run it a second time. What else the record should
-- say, kinkster migrations plan finds out: it has the files.
create or replace function kinkster.doctor_migrations(out state text, out said text, out todo text)
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  c_first constant text := '20261123100000';
  v_recorded bigint;
  v_last text;
  v_is_ours boolean;
begin
  if pg_catalog.to_regclass('supabase_migrations.schema_migrations') is null then
    state := 'unknown';
    said := 'This database keeps no record of migrations.';
    todo := 'Fine where they are run by hand. Before the Supabase CLI runs them: kinkster migrations plan.';
    return;
  end if;
  execute 'select count(*), max(version), coalesce(bool_or(version = $1), false) from supabase_migrations.schema_migrations'
  into v_recorded, v_last, v_is_ours using c_first;
  said := pg_catalog.format('Migrations on record: %s, the last %s.', v_recorded, coalesce(v_last, 'none'));
  state := case when v_is_ours then 'ok' else 'problem' end;
  if not v_is_ours then
    said := said || ' The one that made this schema is not among them.';
    todo := 'Run kinkster migrations plan, and the repair commands that it prints.';
  end if;
end
$$;

comment on function kinkster.doctor_migrations() is 'Whether the record of migrations knows of these: by the version of the first of them.';

revoke execute on function kinkster.doctor_migrations() from public, anon, authenticated, service_role;

-- from supabase/schemas/kinkster/doctor_columns.sql
-- What Step 2 of the guide has an operator look up by hand.
create or replace function kinkster.doctor_columns(out state text, out said text, out todo text)
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  v_wrong text;
begin
  select pg_catalog.string_agg(
    case
      when a.attname is null then pg_catalog.format('%s is missing', expected.name)
      else pg_catalog.format(
        '%s is %s with the default %s', expected.name, pg_catalog.format_type(a.atttypid, a.atttypmod),
        coalesce(pg_catalog.pg_get_expr(d.adbin, d.adrelid), 'null')
      )
    end,
    ', ' order by expected.place
  ) into v_wrong
  from (
    values
    (1, 'provider', '''flowise''::text'),
    (2, 'openai_model', '''gpt-4o-mini''::text'),
    (3, 'openai_instructions', null),
    (4, 'openai_previous_response_id', null)
  ) as expected (place, name, expression)
  left join pg_catalog.pg_attribute as a
    on a.attrelid = 'public.kinksters'::regclass and a.attname = expected.name and not a.attisdropped
  left join pg_catalog.pg_attrdef as d on d.adrelid = a.attrelid and d.adnum = a.attnum
  where a.attname is null
    or a.atttypid <> 'text'::regtype
    or pg_catalog.pg_get_expr(d.adbin, d.adrelid) is distinct from expected.expression;
  state := case when v_wrong is null then 'ok' else 'problem' end;
  said := coalesce(
    'In kinksters: ' || v_wrong || '.', 'provider, openai_model, openai_instructions and openai_previous_response_id are as they should be.'
  );
  if v_wrong is not null then
    todo := 'Run kinkster migrations plan; the migration kinksters makes these columns.';
  end if;
end
$$;

comment on function kinkster.doctor_columns() is 'Whether the four columns of a provider are there, with their types and defaults.';

revoke execute on function kinkster.doctor_columns() from public, anon, authenticated, service_role;

-- from supabase/schemas/kinkster/doctor_old_functions.sql
-- An application of before had functions of the same names, which ran with all rights and for everyone.
create or replace function kinkster.doctor_old_functions(out state text, out said text, out todo text)
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  c_names constant text[] := array[
    'build_kinkster_openai_instructions', 'get_kinkster_chat_config', 'update_kinkster_provider', 'prepare_kinkster_for_notion',
    'mark_kinkster_synced'
  ];
  v_old text;
  v_missing text;
begin
  select pg_catalog.string_agg(p.oid::regprocedure::text, ', ' order by p.oid::regprocedure::text) into v_old
  from pg_catalog.pg_proc as p
  where p.pronamespace = 'public'::regnamespace
    and p.proname = any(c_names)
    and (p.prosecdef or p.proconfig is null or not 'search_path=""' = any(p.proconfig));
  select pg_catalog.string_agg(n.name, ', ' order by n.name) into v_missing
  from pg_catalog.unnest(c_names) as n (name)
  where not exists (
    select
    from pg_catalog.pg_proc as p
    where p.pronamespace = 'public'::regnamespace and p.proname = n.name and 'search_path=""' = any(p.proconfig)
  );
  state := case when v_old is null and v_missing is null then 'ok' else 'problem' end;
  said := coalesce(
    pg_catalog.concat_ws(' ', 'Left of an earlier attempt: ' || v_old || '.', 'Missing: ' || v_missing || '.'), ''
  );
  if state = 'ok' then
    said := 'Each function of a fixed name is there once, and is ours.';
  elsif v_missing is null then
    todo := pg_catalog.format('Run: drop function %s;', v_old);
  else
    todo := 'Run the files of these names in supabase/schemas/public once more, and drop what has another signature.';
  end if;
end
$$;

comment on function kinkster.doctor_old_functions() is 'Whether functions of an earlier attempt are left: a second signature of a fixed name makes short calls ambiguous, and one that is security definer passes row security by.';

revoke execute on function kinkster.doctor_old_functions() from public, anon, authenticated, service_role;

-- from supabase/schemas/kinkster/doctor_old_triggers.sql
-- Triggers of before marked every reply as an edit for Notion. One of ours notes edits alone.
create or replace function kinkster.doctor_old_triggers(out state text, out said text, out todo text)
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  v_old text;
begin
  if not exists (
    select
    from pg_catalog.pg_trigger as t
    where t.tgrelid = 'public.kinksters'::regclass and t.tgname = 'kinksters_touch' and t.tgenabled in ('O', 'A')
  ) then
    state := 'problem';
    said := 'The trigger kinksters_touch is missing or switched off: edits are not noted, and do not reach Notion.';
    todo := 'Run: alter table public.kinksters enable trigger kinksters_touch; or, if it is missing, the migrations.';
    return;
  end if;
  select pg_catalog.string_agg(t.tgname::text, ', ' order by t.tgname) into v_old
  from pg_catalog.pg_trigger as t
  join pg_catalog.pg_proc as p on p.oid = t.tgfoid
  where t.tgrelid = 'public.kinksters'::regclass
    and not t.tgisinternal
    and t.tgname <> 'kinksters_touch'
    and t.tgenabled <> 'D'
    and p.prosrc ~* '\mnew\s*\.\s*"?(updated_at|last_local_update|sync_status|revision)"?\s*:?=';
  state := case when v_old is null then 'ok' else 'warning' end;
  said := coalesce(
    'Triggers of the application write what kinksters_touch writes, also for a mere reply: ' || v_old || '.',
    'Edits are noted by kinksters_touch alone.'
  );
  if v_old is not null then
    todo := pg_catalog.format('Run, for each of them: drop trigger %I on public.kinksters;', pg_catalog.split_part(v_old, ', ', 1));
  end if;
end
$$;

comment on function kinkster.doctor_old_triggers() is 'Whether edits of characters are noted by our trigger, and by none of an application of before.';

revoke execute on function kinkster.doctor_old_triggers() from public, anon, authenticated, service_role;

-- from supabase/schemas/kinkster/doctor_rules.sql
-- Rules that came with the migrations leave rows that break them as they are. Only rules are asked that some row broke then,
-- and only for a moment: the rows are many, and a rule may be slow.
create or replace function kinkster.doctor_rules(out state text, out said text, out todo text)
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  c_until constant timestamptz := pg_catalog.clock_timestamp() + interval '0.4 seconds';
  v_rules text;
  v_looked bigint;
  v_broken bigint;
  v_id text;
begin
  select pg_catalog.string_agg(c.conname::text, ', ' order by c.conname) into v_rules
  from pg_catalog.pg_constraint as c
  where c.conrelid = 'public.kinksters'::regclass and c.contype = 'c' and not c.convalidated;
  if v_rules is null then
    state := 'ok';
    said := 'Every character keeps every rule.';
    return;
  end if;
  execute coalesce(
    (
      select pg_catalog.format(
        'select count(*), count(*) filter (where %1$s), min(id::text) filter (where %1$s)
         from public.kinksters where clock_timestamp() < $1',
        pg_catalog.string_agg(pg_catalog.format('not (%s)', pg_catalog.pg_get_expr(c.conbin, c.conrelid)), ' or ')
      )
      from pg_catalog.pg_constraint as c
      where c.conrelid = 'public.kinksters'::regclass and c.contype = 'c' and not c.convalidated
    ), 'select 0, 0, null'
  ) into v_looked, v_broken, v_id using c_until;
  state := 'warning';
  if v_broken = 0 then
    said := pg_catalog.format('None of the %s characters that were looked at breaks a rule, but these are not valid for all: %s.', v_looked, v_rules);
    todo := pg_catalog.format('Run, for each of them: alter table public.kinksters validate constraint %s;', pg_catalog.split_part(v_rules, ', ', 1));
  else
    said := pg_catalog.format(
      'Characters that break a rule (%s), and so can''t be edited or not be chatted with: %s of %s that were looked at, such as %s.',
      v_rules, v_broken, v_looked, v_id
    );
    todo := pg_catalog.format('Correct what the rule is about: update kinksters set age_range = ''30s'' where id = ''%s'';', v_id);
  end if;
end
$$;

comment on function kinkster.doctor_rules() is 'Whether characters break a rule, such as that of ages, so that they can''t be written or chatted with.';

revoke execute on function kinkster.doctor_rules() from public, anon, authenticated, service_role;

-- from supabase/schemas/kinkster/doctor_providers.sql
-- "Kinkster always uses Flowise" begins here: which provider do characters have?
create or replace function kinkster.doctor_providers(out state text, out said text, out todo text)
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  v_flowise bigint;
  v_responses bigint;
  v_others bigint;
begin
  select
    count(*) filter (where k.provider = 'flowise'),
    count(*) filter (where k.provider = 'openai_responses'),
    count(*) filter (where k.provider is null or k.provider not in ('flowise', 'openai_responses'))
  into v_flowise, v_responses, v_others
  from public.kinksters as k;
  said := pg_catalog.format('Characters: %s of flowise, %s of openai_responses', v_flowise, v_responses);
  if v_others > 0 then
    state := 'problem';
    said := said || pg_catalog.format(', %s of none or an unknown one.', v_others);
    todo := 'Run: update kinksters set provider = ''flowise'' where provider is null or provider not in (''flowise'', ''openai_responses'');';
  elsif v_flowise + v_responses = 0 then
    state := 'warning';
    said := 'There are no characters.';
    todo := 'Create one, or run supabase/seed.sql for a first look.';
  elsif v_responses = 0 then
    state := 'warning';
    said := said || '.';
    todo := 'Try the Responses API with one: select update_kinkster_provider(''THE-KINKSTERS-ID'', ''openai_responses'');';
  else
    state := 'ok';
    said := said || '.';
  end if;
end
$$;

comment on function kinkster.doctor_providers() is 'Which providers answer for how many characters; whether some have none, or one that nobody knows.';

revoke execute on function kinkster.doctor_providers() from public, anon, authenticated, service_role;

-- from supabase/schemas/kinkster/doctor_always_flowise.sql
-- Whoever gave a character a model or instructions meant the Responses API: Flowise reads neither a model nor, unless the
-- owner of the flow allowed it, instructions.
create or replace function kinkster.doctor_always_flowise(out state text, out said text, out todo text)
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  v_count bigint;
  v_id uuid;
begin
  select count(*), (pg_catalog.array_agg(k.id order by k.id))[1] into v_count, v_id
  from public.kinksters as k
  where k.provider = 'flowise'
    and (k.openai_model <> 'gpt-4o-mini' or (k.openai_instructions <> '' and not kinkster.is_blank(k.openai_instructions)));
  state := case when v_count = 0 then 'ok' else 'warning' end;
  said := case
    when v_count = 0 then 'No character of Flowise has a model or instructions that are meant for the Responses API.'
    else pg_catalog.format(
      'Characters that use Flowise, though a model or instructions for the Responses API were set: %s, such as %s.', v_count, v_id
    )
  end;
  if v_count > 0 then
    todo := pg_catalog.format('If they should not: select update_kinkster_provider(''%s'', ''openai_responses'');', v_id);
  end if;
end
$$;

comment on function kinkster.doctor_always_flowise() is 'Whether Flowise answers for characters that were given a model or instructions for the Responses API.';

revoke execute on function kinkster.doctor_always_flowise() from public, anon, authenticated, service_role;

-- from supabase/schemas/kinkster/doctor_chatflows.sql
-- A character of Flowise without a chatflow can't be chatted with, unless there is a default.
create or replace function kinkster.doctor_chatflows(out state text, out said text, out todo text)
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  v_default text;
  v_none bigint;
  v_own bigint;
  v_id uuid;
begin
  select s.default_flowise_chatflow_id into v_default from kinkster.settings as s;
  select
    count(*) filter (where coalesce(k.flowise_chatflow_id, '') = ''),
    count(*) filter (where k.flowise_chatflow_id <> ''),
    (pg_catalog.array_agg(k.id order by k.id) filter (where coalesce(k.flowise_chatflow_id, '') = ''))[1]
  into v_none, v_own, v_id
  from public.kinksters as k
  where k.provider = 'flowise' and k.is_active is not false;
  state := case when v_none > 0 and v_default is null then 'problem' else 'ok' end;
  said := pg_catalog.format(
    'Characters of Flowise: %s with a chatflow of their own, %s with %s.', v_own, v_none,
    case when v_default is null then 'none' else 'the default' end
  );
  if state = 'problem' then
    said := said || pg_catalog.format(' Those can''t be chatted with, such as %s.', v_id);
    todo := 'Run: update kinkster.settings set default_flowise_chatflow_id = ''…''; or set their flowise_chatflow_id.';
  end if;
end
$$;

comment on function kinkster.doctor_chatflows() is 'Whether every character of Flowise has a chatflow, its own or the default.';

revoke execute on function kinkster.doctor_chatflows() from public, anon, authenticated, service_role;

-- from supabase/schemas/kinkster/doctor_prompts.sql
-- "Empty or null instructions": prompts are built here as turns have them, for as long as a moment, and looked at.
create or replace function kinkster.doctor_prompts(out state text, out said text, out todo text)
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  c_until constant timestamptz := pg_catalog.clock_timestamp() + interval '0.3 seconds';
  v_kinkster public.kinksters;
  v_looked integer := 0;
  v_failed uuid[] := '{}'::uuid[];
  v_bare uuid[] := '{}'::uuid[];
begin
  for v_kinkster in
    select k.* from public.kinksters as k order by k.id
  loop
    exit when pg_catalog.clock_timestamp() > c_until;
    v_looked := v_looked + 1;
    begin
      if kinkster.is_blank(kinkster.compose_prompt(v_kinkster, kinkster.limits_block(null, v_kinkster.hard_limits), null)) then
        v_failed := v_failed || v_kinkster.id;
      end if;
    exception when others then
      v_failed := v_failed || v_kinkster.id;
    end;
    if v_kinkster.provider = 'openai_responses' and kinkster.is_bare(v_kinkster) then
      v_bare := v_bare || v_kinkster.id;
    end if;
  end loop;
  state := case when v_failed <> '{}' then 'problem' when v_bare <> '{}' then 'warning' else 'ok' end;
  said := case
    when v_failed <> '{}' then pg_catalog.format(
      'Prompts that can''t be built: %s of %s that were tried, such as that of %s.', pg_catalog.cardinality(v_failed), v_looked, v_failed[1]
    )
    when v_bare <> '{}' then pg_catalog.format(
      'Prompts that say nothing of a character but its name: %s of %s that were tried, such as that of %s.',
      pg_catalog.cardinality(v_bare), v_looked, v_bare[1]
    )
    else pg_catalog.format('All %s prompts that were tried can be built and describe their character.', v_looked)
  end;
  if v_failed <> '{}' then
    todo := pg_catalog.format('See why: select build_kinkster_openai_instructions(''%s'');', v_failed[1]);
  elsif v_bare <> '{}' then
    todo := pg_catalog.format('Give it a bio, traits or openai_instructions: update kinksters set bio = ''…'' where id = ''%s'';', v_bare[1]);
  end if;
end
$$;

comment on function kinkster.doctor_prompts() is 'Whether prompts can be built, and say more of a character than its name.';

revoke execute on function kinkster.doctor_prompts() from public, anon, authenticated, service_role;

-- from supabase/schemas/kinkster/doctor_model_ends.sql
-- Models end on a day that is known months before. From then on turns go to the replacement, if there is one.
create or replace function kinkster.doctor_model_ends(out state text, out said text, out todo text)
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  v_ended text;
  v_replaced text;
  v_ending text;
begin
  select
    pg_catalog.string_agg(m.model, ', ') filter (where w.has_ended and w.warning ->> 'replacement' is null),
    pg_catalog.string_agg(pg_catalog.format('%s (%s is asked)', m.model, w.warning ->> 'replacement'), ', ') filter (
      where w.has_ended and w.warning ->> 'replacement' is not null
    ),
    pg_catalog.string_agg(
      pg_catalog.format('%s on %s (then: %s)', m.model, w.warning ->> 'shutdown_on', coalesce(w.warning ->> 'replacement', 'nothing')), ', '
    ) filter (where not w.has_ended)
  into v_ended, v_replaced, v_ending
  from kinkster.chosen_models() as m
  cross join lateral (
    select warned.warning, (warned.warning ->> 'shutdown_on')::date <= (kinkster.now() at time zone 'UTC')::date as has_ended
    from (select kinkster.model_warning(m.model) as warning) as warned
  ) as w;
  state := case when v_ended is not null then 'problem' when coalesce(v_replaced, v_ending) is not null then 'warning' else 'ok' end;
  said := coalesce(
    nullif(
      pg_catalog.concat_ws(
        ' ', 'Ended, and nothing is known to replace them: ' || v_ended || '.', 'Ended: ' || v_replaced || '.', 'Known to end: ' || v_ending || '.'
      ), ''
    ),
    'No model that characters ask for is known to end.'
  );
  if v_ended is not null then
    todo := 'Choose other models, or say what replaces them: update kinkster.models set replacement = ''…'', listed = false where model = ''…'';';
  elsif state = 'warning' then
    todo := 'Choose other models in time, for characters and in kinkster.settings.default_openai_model; turns change over by themselves.';
  end if;
end
$$;

comment on function kinkster.doctor_model_ends() is 'Whether models that characters ask for end or have ended, and what is asked instead.';

revoke execute on function kinkster.doctor_model_ends() from public, anon, authenticated, service_role;

-- from supabase/schemas/kinkster/doctor_model_prices.sql
-- Without a price the cost of a reply is not known.
create or replace function kinkster.doctor_model_prices(out state text, out said text, out todo text)
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  v_unpriced text;
begin
  select pg_catalog.string_agg(m.model, ', ') into v_unpriced
  from kinkster.chosen_models() as m
  where kinkster.cost_of(kinkster.model_in_force(m.model, kinkster.now()), kinkster.now(), 1, 0, 0, 1) is null;
  state := case when v_unpriced is null then 'ok' else 'warning' end;
  said := coalesce('Models without a price: ' || v_unpriced || '.', 'Every model that characters ask for has a price.');
  if v_unpriced is not null then
    todo := 'If the name is right, add it: insert into kinkster.models (model, provider) …, insert into kinkster.model_prices …';
  end if;
end
$$;

comment on function kinkster.doctor_model_prices() is 'Whether the models that characters ask for are known and have a price today.';

revoke execute on function kinkster.doctor_model_prices() from public, anon, authenticated, service_role;

-- from supabase/schemas/kinkster/doctor_flowise_turns.sql
-- Test 1 of the guide, as the users have done it since yesterday.
create or replace function kinkster.doctor_flowise_turns(out state text, out said text, out todo text)
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
begin
  select h.state, h.said, h.todo into state, said, todo from kinkster.how_turns_end('flowise') as h;
end
$$;

comment on function kinkster.doctor_flowise_turns() is 'How turns of Flowise ended in the last 24 hours.';

revoke execute on function kinkster.doctor_flowise_turns() from public, anon, authenticated, service_role;

-- from supabase/schemas/kinkster/doctor_responses_turns.sql
-- Test 2 of the guide, as the users have done it since yesterday.
create or replace function kinkster.doctor_responses_turns(out state text, out said text, out todo text)
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
begin
  select h.state, h.said, h.todo into state, said, todo from kinkster.how_turns_end('openai_responses') as h;
end
$$;

comment on function kinkster.doctor_responses_turns() is 'How turns of the Responses API ended in the last 24 hours.';

revoke execute on function kinkster.doctor_responses_turns() from public, anon, authenticated, service_role;

-- from supabase/schemas/kinkster/doctor_fallback.sql
-- A server without the Responses API is asked by Chat Completions, which works and remembers nothing.
create or replace function kinkster.doctor_fallback(out state text, out said text, out todo text)
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  v_now timestamptz := kinkster.now();
  v_workers text;
  v_chat bigint;
  v_responses bigint;
begin
  select pg_catalog.string_agg(w.name, ', ' order by w.name) into v_workers
  from kinkster.workers as w
  where w.seen_at > v_now - interval '90 seconds' and w.about ->> 'openai' = 'chat_completions';
  select count(*) filter (where t.api = 'chat_completions'), count(*) filter (where t.api = 'responses') into v_chat, v_responses
  from (
    select t.api
    from public.kinkster_turns as t
    where t.created_at > v_now - interval '1 day'
    order by t.created_at desc
    limit 10000
  ) as t;
  state := case when v_workers is not null or v_chat > 0 then 'warning' else 'ok' end;
  said := pg_catalog.format('Replies of the last 24 hours: %s by the Responses API, %s by Chat Completions.', v_responses, v_chat)
    || coalesce(' Workers that use Chat Completions now: ' || v_workers || '.', '');
  if state = 'warning' then
    todo := 'If the server should have it, see OPENAI_BASE_URL and the account''s access to the Responses API; workers try it again every ten minutes.';
  end if;
end
$$;

comment on function kinkster.doctor_fallback() is 'Whether workers use the fallback, Chat Completions, because the server has no Responses API.';

revoke execute on function kinkster.doctor_fallback() from public, anon, authenticated, service_role;

-- from supabase/schemas/kinkster/doctor_continuity.sql
-- Test 3 of the guide: does the provider remember, or is the transcript sent each time?
create or replace function kinkster.doctor_continuity(out state text, out said text, out todo text)
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  v_now timestamptz := kinkster.now();
  v_chained bigint;
  v_rebuilt bigint;
  v_why text;
begin
  select count(*) filter (where t.continuity = 'chained'), count(*) filter (where t.continuity = 'rebuilt'),
    pg_catalog.mode() within group (order by t.rebuilt_because) filter (where t.continuity = 'rebuilt')
  into v_chained, v_rebuilt, v_why
  from (
    select t.continuity, t.rebuilt_because, t.provider, t.status
    from public.kinkster_turns as t
    where t.created_at > v_now - interval '1 day'
    order by t.created_at desc
    limit 10000
  ) as t
  where t.provider = 'openai_responses' and t.status = 'completed';
  state := case when v_chained + v_rebuilt = 0 then 'unknown' when v_rebuilt > v_chained then 'warning' else 'ok' end;
  said := case
    when state = 'unknown' then 'Nobody said a second thing to a character of the Responses API in the last 24 hours.'
    else pg_catalog.format(
      'Replies of the last 24 hours that went on: %s by the provider''s memory, %s by the transcript%s.', v_chained, v_rebuilt,
      coalesce(', mostly since: ' || v_why, '')
    )
  end;
  if state = 'warning' then
    todo := 'Nothing is forgotten, but more is sent and paid. See rebuilt_because of kinkster_turns: stateless and forgotten are the server''s doing.';
  elsif state = 'unknown' then
    todo := 'Send two messages to one; continuity of the second turn is chained.';
  end if;
end
$$;

comment on function kinkster.doctor_continuity() is 'Whether conversations with the Responses API go on by the id of the previous response.';

revoke execute on function kinkster.doctor_continuity() from public, anon, authenticated, service_role;

-- from supabase/schemas/kinkster/doctor_queue.sql
-- Messages that were sent by SQL wait for a worker; so does what failed and is tried again.
create or replace function kinkster.doctor_queue(out state text, out said text, out todo text)
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  v_now timestamptz := kinkster.now();
  v_waiting bigint;
  v_lost bigint;
  v_since timestamptz;
begin
  select
    count(*) filter (where t.status = 'queued'),
    count(*) filter (where t.status = 'streaming'),
    min(t.due_at)
  into v_waiting, v_lost, v_since
  from (
    select
      t.status,
      case t.status when 'streaming' then t.lease_expires_at else coalesce(t.next_attempt_at, t.asked_again_at, t.created_at) end as due_at
    from public.kinkster_turns as t
    where t.status in ('queued', 'streaming')
  ) as t
  where t.due_at < v_now - interval '1 minute';
  state := case when v_waiting + v_lost = 0 then 'ok' else 'problem' end;
  said := case
    when state = 'ok' then 'No message waits for a worker.'
    else pg_catalog.format(
      'Messages that nobody takes: %s waiting, %s left by a lost worker, the first since %s UTC.', v_waiting, v_lost,
      pg_catalog.to_char(v_since at time zone 'UTC', 'YYYY-MM-DD HH24:MI')
    )
  end;
  if state = 'problem' then
    todo := 'Start a worker with KINKSTER_QUEUE_TURNS over 0: kinkster worker. If one runs, see its log.';
  end if;
end
$$;

comment on function kinkster.doctor_queue() is 'Whether turns wait, for longer than a minute, with nobody taking them.';

revoke execute on function kinkster.doctor_queue() from public, anon, authenticated, service_role;

-- from supabase/schemas/kinkster/doctor_workers.sql
-- Workers say every half minute that they run.
create or replace function kinkster.doctor_workers(out state text, out said text, out todo text)
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  v_now timestamptz := kinkster.now();
  v_names text;
  v_versions bigint;
  v_queue boolean;
  v_lacking text;
begin
  select
    pg_catalog.string_agg(pg_catalog.format('%s (%s)', w.name, w.version), ', ' order by w.name),
    count(distinct w.version),
    coalesce(pg_catalog.bool_or((w.about ->> 'queue_turns')::integer > 0), false),
    pg_catalog.concat_ws(
      ', ',
      case when not coalesce(pg_catalog.bool_or(w.about ->> 'openai' is not null), false)
        and exists (select from public.kinksters as k where k.provider = 'openai_responses') then 'OPENAI_API_KEY' end,
      case when not coalesce(pg_catalog.bool_or((w.about ->> 'flowise')::boolean), false)
        and exists (select from public.kinksters as k where k.provider = 'flowise') then 'FLOWISE_URL' end,
      case when not coalesce(pg_catalog.bool_or((w.about ->> 'notion')::boolean), false)
        and exists (select from kinkster.notion_connections as c) then 'KINKSTER_NOTION_KEY' end
    )
  into v_names, v_versions, v_queue, v_lacking
  from kinkster.workers as w
  where w.seen_at > v_now - interval '90 seconds';
  if v_names is null then
    state := 'problem';
    said := 'No worker has been seen in the last 90 seconds'
      || coalesce((select pg_catalog.format('; the last, %s, at %s UTC.', w.name, pg_catalog.to_char(w.seen_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI'))
        from kinkster.workers as w order by w.seen_at desc limit 1), '.');
    todo := 'Start one: kinkster worker.';
    return;
  end if;
  said := 'Workers that run: ' || v_names || '.';
  state := 'ok';
  if not v_queue then
    state := 'problem';
    said := said || ' None takes messages that were sent by SQL, or tries again what failed.';
    todo := 'Set KINKSTER_QUEUE_TURNS over 0 at one of them.';
  elsif v_lacking <> '' then
    state := 'problem';
    said := said || pg_catalog.format(' None of them has: %s.', v_lacking);
    todo := 'Set it at the workers and start them again: there are characters or connections that need it.';
  elsif v_versions > 1 then
    state := 'warning';
    said := said || ' They are of several versions.';
    todo := 'Bring the older ones up to date.';
  end if;
end
$$;

comment on function kinkster.doctor_workers() is 'Whether workers run, and between them do all that is to be done.';

revoke execute on function kinkster.doctor_workers() from public, anon, authenticated, service_role;

-- from supabase/schemas/kinkster/doctor_breakers.sql
-- A provider that failed five times in a row is left alone for half a minute at a time.
create or replace function kinkster.doctor_breakers(out state text, out said text, out todo text)
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  v_down text;
  v_failing text;
begin
  select
    pg_catalog.string_agg(b.provider, ', ' order by b.provider) filter (where b.open_until is not null),
    pg_catalog.string_agg(pg_catalog.format('%s (%s)', b.provider, b.failures), ', ' order by b.provider) filter (
      where b.open_until is null and b.failures > 0
    )
  into v_down, v_failing
  from kinkster.breakers as b;
  state := case when v_down is not null then 'problem' when v_failing is not null then 'warning' else 'ok' end;
  said := coalesce(
    nullif(pg_catalog.concat_ws(' ', 'Held to be down: ' || v_down || '.', 'Failures in a row: ' || v_failing || '.'), ''),
    'No provider is held to be down.'
  );
  if state = 'problem' then
    todo := 'See the checks of this provider and its own log. One turn tries it every 30 seconds, and a whole reply ends this.';
  elsif state = 'warning' then
    todo := 'Look again in a minute: a whole reply sets them to 0, and five open the breaker.';
  end if;
end
$$;

comment on function kinkster.doctor_breakers() is 'Whether a provider is held to be down.';

revoke execute on function kinkster.doctor_breakers() from public, anon, authenticated, service_role;

-- from supabase/schemas/kinkster/doctor_roll_ups.sql
-- Figures of a month are added up hour by hour, by workers.
create or replace function kinkster.doctor_roll_ups(out state text, out said text, out todo text)
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  v_now timestamptz := kinkster.now();
  v_ran_at timestamptz := (select s.rolled_at from kinkster.roll_up_state as s);
begin
  state := case
    when v_ran_at > v_now - interval '10 minutes' then 'ok'
    when not exists (select from public.kinkster_turns as t where t.created_at < v_now - interval '10 minutes') then 'ok'
    when not exists (select from kinkster.workers as w where w.seen_at > v_now - interval '90 seconds') then 'unknown'
    else 'warning'
  end;
  said := case
    when v_ran_at is null then 'Turns have not been added up yet.'
    else pg_catalog.format('Turns were added up at %s UTC.', pg_catalog.to_char(v_ran_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI'))
  end;
  if state = 'unknown' then
    todo := 'Workers do it, and none runs: see workers first.';
  elsif state = 'warning' then
    todo := 'Figures are right, but slow. See the logs of the workers, which do it; by hand: select kinkster.roll_up_turns(); until it says done.';
  end if;
end
$$;

comment on function kinkster.doctor_roll_ups() is 'Whether turns are added up in time.';

revoke execute on function kinkster.doctor_roll_ups() from public, anon, authenticated, service_role;

-- from supabase/schemas/kinkster/doctor_costs.sql
-- A cost that is not known is counted as such, and never as nothing.
create or replace function kinkster.doctor_costs(out state text, out said text, out todo text)
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  v_figures jsonb := kinkster.turn_figures('openai_responses', kinkster.now() - interval '30 days');
  v_turns bigint := (v_figures ->> 'turns')::bigint;
  v_unknown bigint := (v_figures ->> 'cost_unknown')::bigint;
begin
  -- A few failed turns never cost anything that anybody knows.
  state := case when v_unknown * 20 > v_turns then 'warning' else 'ok' end;
  said := pg_catalog.format(
    'Turns of the Responses API in the last 30 days: %s, for %s USD as far as is known; not known: %s.', v_turns,
    coalesce(pg_catalog.round((v_figures ->> 'cost_usd')::numeric, 4)::text, '0'), v_unknown
  );
  if state = 'warning' then
    todo := 'See which: select model, error_code, count(*) from kinkster_turns where provider is not null and cost_usd is null group by 1, 2;'
      ' after adding prices: select kinkster.price_turns();';
  end if;
end
$$;

comment on function kinkster.doctor_costs() is 'Whether the costs of replies of the last 30 days are known.';

revoke execute on function kinkster.doctor_costs() from public, anon, authenticated, service_role;

-- from supabase/schemas/kinkster/doctor_flowise_cost.sql
-- Flowise has no price for a message: what it costs is its hosting.
create or replace function kinkster.doctor_flowise_cost(out state text, out said text, out todo text)
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  v_cost numeric;
  v_has_flowise boolean := exists (select from public.kinksters as k where k.provider = 'flowise');
begin
  select s.flowise_monthly_cost_usd into v_cost from kinkster.settings as s;
  state := case when v_cost is null and v_has_flowise then 'warning' else 'ok' end;
  said := case
    when v_cost is not null then pg_catalog.format('Flowise costs %s USD a month.', v_cost)
    when v_has_flowise then 'It is not known what Flowise costs a month, so the costs of the providers can''t be compared.'
    else 'No character is answered by Flowise.'
  end;
  if state = 'warning' then
    todo := 'Run: update kinkster.settings set flowise_monthly_cost_usd = …;';
  end if;
end
$$;

comment on function kinkster.doctor_flowise_cost() is 'Whether it is known what running Flowise costs.';

revoke execute on function kinkster.doctor_flowise_cost() from public, anon, authenticated, service_role;

-- from supabase/schemas/kinkster/doctor_clock_offset.sql
-- Tests move the clock; a database in use has the real time.
create or replace function kinkster.doctor_clock_offset(out state text, out said text, out todo text)
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  v_offset interval := (select s.clock_offset from kinkster.settings as s);
begin
  state := case when v_offset = interval '0' then 'ok' else 'problem' end;
  said := case
    when v_offset = interval '0' then 'kinkster.now() is the real time.'
    else pg_catalog.format('kinkster.now() is %s away from the real time.', v_offset)
  end;
  if state = 'problem' then
    todo := 'Run: update kinkster.settings set clock_offset = ''0'';';
  end if;
end
$$;

comment on function kinkster.doctor_clock_offset() is 'Whether the product''s clock shows the real time.';

revoke execute on function kinkster.doctor_clock_offset() from public, anon, authenticated, service_role;

-- from supabase/schemas/kinkster/doctor_row_security.sql
-- Who sees what is decided by policies; a table without row security shows everything to everyone with a grant.
create or replace function kinkster.doctor_row_security(out state text, out said text, out todo text)
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  c_tables constant text[] := array['profiles', 'kinksters', 'kinkster_conversations', 'kinkster_turns', 'kinkster_ratings'];
  v_open text;
  v_bypass text;
begin
  select pg_catalog.string_agg(n.name, ', ' order by n.name) into v_open
  from pg_catalog.unnest(c_tables) as n (name)
  where not coalesce(
    (select c.relrowsecurity from pg_catalog.pg_class as c where c.oid = pg_catalog.to_regclass('public.' || n.name)), false
  );
  select pg_catalog.string_agg(r.rolname::text, ', ' order by r.rolname) into v_bypass
  from pg_catalog.pg_roles as r
  where r.rolname in ('anon', 'authenticated', 'kinkster_worker') and (r.rolbypassrls or r.rolsuper);
  state := case when v_open is null and v_bypass is null then 'ok' else 'problem' end;
  said := coalesce(
    nullif(pg_catalog.concat_ws(' ', 'Row security is off: ' || v_open || '.', 'Roles that pass it by: ' || v_bypass || '.'), ''),
    'Row security is on wherever users'' data are.'
  );
  if v_open is not null then
    todo := pg_catalog.format('Run, for each of them: alter table public.%I enable row level security;', pg_catalog.split_part(v_open, ', ', 1));
  elsif v_bypass is not null then
    todo := pg_catalog.format('Run, for each of them: alter role %I nosuperuser nobypassrls;', pg_catalog.split_part(v_bypass, ', ', 1));
  end if;
end
$$;

comment on function kinkster.doctor_row_security() is 'Whether row security is on, for all but the owner, where users'' data are.';

revoke execute on function kinkster.doctor_row_security() from public, anon, authenticated, service_role;

-- from supabase/schemas/kinkster/doctor_policies.sql
-- Policies add up: one that lets everyone read opens the table, whatever ours say.
create or replace function kinkster.doctor_policies(out state text, out said text, out todo text)
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  c_tables constant text[] := array['profiles', 'kinksters', 'kinkster_conversations', 'kinkster_turns', 'kinkster_ratings'];
  v_others text;
begin
  select pg_catalog.string_agg(pg_catalog.format('%L on %s', p.policyname, p.tablename), ', ' order by p.tablename, p.policyname) into v_others
  from pg_catalog.pg_policies as p
  where p.schemaname = 'public'
    and p.tablename = any(c_tables)
    and p.permissive = 'PERMISSIVE'
    and not (p.roles = '{authenticated}' and coalesce(p.qual, p.with_check) like '%( SELECT auth.uid() AS uid)%');
  state := case when v_others is null then 'ok' else 'warning' end;
  said := coalesce('Policies that let in others than the owner: ' || v_others || '.', 'Every policy asks for the signed-in user.');
  if v_others is not null then
    todo := 'Read them; to drop one: drop policy "…" on public.…;';
  end if;
end
$$;

comment on function kinkster.doctor_policies() is 'Whether tables of users'' data have policies that are not ours.';

revoke execute on function kinkster.doctor_policies() from public, anon, authenticated, service_role;

-- from supabase/schemas/kinkster/doctor_rights.sql
-- Older projects of Supabase grant every new function to everyone.
create or replace function kinkster.doctor_rights(out state text, out said text, out todo text)
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  v_anon text;
  v_users text;
  v_worker text;
begin
  select
    nullif(count(*) filter (where f.is_anons), 0) || ', such as ' || min(f.name) filter (where f.is_anons),
    nullif(count(*) filter (where f.is_users), 0) || ', such as ' || min(f.name) filter (where f.is_users),
    nullif(count(*) filter (where f.is_lacking), 0) || ', such as ' || min(f.name) filter (where f.is_lacking)
  into v_anon, v_users, v_worker
  from (
    select
      p.oid::regprocedure::text as name,
      pg_catalog.has_function_privilege('anon', p.oid, 'execute') as is_anons,
      p.proname in ('claim_turn', 'settle_turn', 'plain_notion_tokens', 'connect_notion', 'examine')
      and pg_catalog.has_function_privilege('authenticated', p.oid, 'execute') as is_users,
      p.proname in ('schema_version', 'begin_turn', 'claim_next_turn', 'checkpoint_turns', 'settle_turn')
      and not pg_catalog.has_function_privilege('kinkster_worker', p.oid, 'execute') as is_lacking
    from pg_catalog.pg_proc as p
    where p.pronamespace = 'kinkster'::regnamespace
      or (p.pronamespace = 'public'::regnamespace and p.proname ~ 'kinkster' and 'search_path=""' = any(p.proconfig))
  ) as f;
  state := case when coalesce(v_anon, v_users, v_worker) is null then 'ok' else 'problem' end;
  said := coalesce(
    nullif(
      pg_catalog.concat_ws(
        ' ', 'Functions that can be executed without signing in: ' || v_anon || '.',
        'Functions of the worker that users can execute: ' || v_users || '.',
        'Functions that the worker can''t execute: ' || v_worker || '.'
      ), ''
    ),
    'Functions can be executed by whom they are meant for, and by nobody who is not signed in.'
  );
  if v_worker is not null then
    todo := 'Run, for each of them: grant execute on function … to kinkster_worker;';
  elsif state = 'problem' then
    todo := 'Run, for each of them: revoke execute on function … from public, anon, authenticated; grant back what docs/functions.md says.';
  end if;
end
$$;

comment on function kinkster.doctor_rights() is 'Whether functions can be executed by whom they are meant for, and by nobody who is not signed in.';

revoke execute on function kinkster.doctor_rights() from public, anon, authenticated, service_role;

-- from supabase/schemas/kinkster/doctor_provider_choice.sql
-- What a page on which users choose a provider needs.
create or replace function kinkster.doctor_provider_choice(out state text, out said text, out todo text)
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  v_missing text;
begin
  select pg_catalog.concat_ws(
    ', ',
    case when not pg_catalog.has_function_privilege('authenticated', 'public.update_kinkster_provider(uuid, text, text, text)', 'execute')
      then 'execute on update_kinkster_provider' end,
    case when not pg_catalog.has_function_privilege('authenticated', 'public.get_kinkster_chat_config(uuid)', 'execute')
      then 'execute on get_kinkster_chat_config' end,
    case when not pg_catalog.has_column_privilege('authenticated', 'public.kinksters', 'provider', 'update')
      then 'update (provider) on kinksters' end
  ) into v_missing;
  state := case when v_missing = '' then 'ok' else 'problem' end;
  said := case
    when v_missing = '' then 'Users can choose provider, model and instructions of their characters.'
    else 'Users lack what choosing a provider needs: ' || v_missing || '.'
  end;
  if v_missing <> '' then
    todo := 'Grant it to authenticated, as the migrations do.';
  end if;
end
$$;

comment on function kinkster.doctor_provider_choice() is 'Whether the application can let users choose a provider, a model and instructions.';

revoke execute on function kinkster.doctor_provider_choice() from public, anon, authenticated, service_role;

-- from supabase/schemas/kinkster/doctor_exposed_schemas.sql
-- PostgREST serves the schemas that it is told to; the private one must not be among them.
create or replace function kinkster.doctor_exposed_schemas(out state text, out said text, out todo text)
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  v_schemas text;
begin
  select pg_catalog.split_part(config.setting, '=', 2) into v_schemas
  from pg_catalog.pg_db_role_setting as s
  join pg_catalog.pg_roles as r on r.oid = s.setrole and r.rolname = 'authenticator'
  cross join lateral pg_catalog.unnest(s.setconfig) as config (setting)
  where config.setting like 'pgrst.db_schemas=%'
    and s.setdatabase in (0, (select d.oid from pg_catalog.pg_database as d where d.datname = pg_catalog.current_database()))
  order by s.setdatabase desc
  limit 1;
  if v_schemas is null then
    state := 'unknown';
    said := 'The exposed schemas are not among the settings of the role authenticator.';
    todo := 'See that kinkster is not among them: Project Settings > Data API > Exposed schemas, or PGRST_DB_SCHEMAS.';
  elsif v_schemas ~ '(^|[ ,"])kinkster($|[ ,"])' then
    state := 'problem';
    said := 'PostgREST exposes the private schema kinkster.';
    todo := 'Take it out: Project Settings > Data API > Exposed schemas, or alter role authenticator set pgrst.db_schemas = ''public'';';
  else
    state := 'ok';
    said := pg_catalog.format('PostgREST exposes: %s.', v_schemas);
  end if;
end
$$;

comment on function kinkster.doctor_exposed_schemas() is 'Whether PostgREST exposes the schema kinkster, as far as the settings of its role say.';

revoke execute on function kinkster.doctor_exposed_schemas() from public, anon, authenticated, service_role;

-- from supabase/schemas/kinkster/doctor_notion_connections.sql
-- Step 6 of the guide: is everybody connected who wants to be, and does anything stand still?
create or replace function kinkster.doctor_notion_connections(out state text, out said text, out todo text)
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  v_connected bigint;
  v_stopped bigint;
  v_trouble bigint;
  v_hint text;
  v_unconnected bigint;
begin
  select
    count(*),
    count(*) filter (where c.error_code is not null),
    count(*) filter (where c.error_code is null and c.trouble is not null),
    min(c.error_message || ' ' || c.error_hint) filter (where c.error_code is not null)
  into v_connected, v_stopped, v_trouble, v_hint
  from kinkster.notion_connections as c;
  select count(*) into v_unconnected
  from public.profiles as p
  where not kinkster.is_blank(p.notion_kinksters_database_id)
    and not exists (select from kinkster.notion_connections as c where c.user_id = p.id);
  state := case when v_stopped > 0 then 'problem' when v_trouble + v_unconnected > 0 then 'warning' else 'ok' end;
  said := pg_catalog.format('Users connected to Notion: %s', v_connected)
    || case when v_stopped > 0 then pg_catalog.format('; stopped: %s', v_stopped) else '' end
    || case when v_trouble > 0 then pg_catalog.format('; in trouble that passes: %s', v_trouble) else '' end
    || case when v_unconnected > 0 then pg_catalog.format('; with a database and not connected: %s', v_unconnected) else '' end
    || '.' || coalesce(' ' || v_hint, '');
  if v_stopped > 0 then
    todo := 'See each: kinkster notion status.';
  elsif v_unconnected > 0 then
    todo := 'Connect them: kinkster notion connect --user …';
  elsif v_trouble > 0 then
    todo := 'It is tried again by itself; see kinkster notion status.';
  end if;
end
$$;

comment on function kinkster.doctor_notion_connections() is 'Whether connections to Notion stand still, and whether users with a database are connected.';

revoke execute on function kinkster.doctor_notion_connections() from public, anon, authenticated, service_role;

-- from supabase/schemas/kinkster/doctor_notion_tokens.sql
-- An application of before kept tokens as they are.
create or replace function kinkster.doctor_notion_tokens(out state text, out said text, out todo text)
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  v_tokens integer := pg_catalog.jsonb_array_length(kinkster.plain_notion_tokens());
begin
  state := case when v_tokens = 0 then 'ok' else 'problem' end;
  said := case when v_tokens = 0 then 'No token for Notion lies in profiles.' else pg_catalog.format('Tokens for Notion in profiles, in plain text: %s.', v_tokens) end;
  if v_tokens > 0 then
    todo := 'Have them sealed and taken away: kinkster notion connect.';
  end if;
end
$$;

comment on function kinkster.doctor_notion_tokens() is 'Whether tokens for Notion lie in profiles as plain text.';

revoke execute on function kinkster.doctor_notion_tokens() from public, anon, authenticated, service_role;

-- from supabase/schemas/kinkster/doctor_notion_characters.sql
-- Step 6 of the guide: what was to be sent, and was not.
create or replace function kinkster.doctor_notion_characters(out state text, out said text, out todo text)
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  v_failed bigint;
  v_pending bigint;
  v_synced bigint;
begin
  select
    count(*) filter (where k.sync_status in ('error', 'conflict')),
    count(*) filter (where k.sync_status = 'pending'),
    count(*) filter (where k.sync_status = 'synced')
  into v_failed, v_pending, v_synced
  from kinkster.notion_connections as c
  join public.kinksters as k on k.user_id = c.user_id and not k.is_system_kinkster;
  state := case when v_failed > 0 then 'warning' else 'ok' end;
  said := pg_catalog.format('Characters of connected users: %s in Notion, %s to be sent, %s failed.', v_synced, v_pending, v_failed);
  if v_failed > 0 then
    todo := 'See why: kinkster notion status; then kinkster notion sync.';
  end if;
end
$$;

comment on function kinkster.doctor_notion_characters() is 'Whether characters of connected users failed to reach Notion.';

revoke execute on function kinkster.doctor_notion_characters() from public, anon, authenticated, service_role;

-- from supabase/schemas/kinkster/doctor_rollout.sql
-- A rollout that paused by itself found something, and waits for somebody.
create or replace function kinkster.doctor_rollout(out state text, out said text, out todo text)
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  v_rollout record;
begin
  select r.state, r.stage, r.share, r.paused_because::text as paused_because into v_rollout
  from kinkster.rollouts as r
  where r.state in ('planned', 'running', 'paused')
  order by r.created_at desc
  limit 1;
  if v_rollout.state is null then
    state := 'ok';
    said := 'No rollout is under way.';
  elsif v_rollout.state = 'paused' then
    state := 'warning';
    said := pg_catalog.format('The rollout is paused in stage %s: %s', v_rollout.stage, coalesce(v_rollout.paused_because, 'nobody said why.'));
    todo := 'See kinkster rollout status; then kinkster rollout start, or kinkster rollout rollback.';
  else
    state := 'ok';
    said := pg_catalog.format('A rollout is %s, in stage %s, at %s %%.', v_rollout.state, v_rollout.stage, v_rollout.share);
  end if;
end
$$;

comment on function kinkster.doctor_rollout() is 'Whether a rollout is under way, and why it is paused if it is.';

revoke execute on function kinkster.doctor_rollout() from public, anon, authenticated, service_role;

-- from supabase/schemas/kinkster/doctor_figures.sql
-- What the comparison of providers, and with it a recommendation, is worth depends on the number of turns behind it.
create or replace function kinkster.doctor_figures(out state text, out said text, out todo text)
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  c_enough constant integer := 30;
  v_since timestamptz := kinkster.now() - interval '30 days';
  v_flowise bigint := (kinkster.turn_figures('flowise', v_since) ->> 'completed')::bigint;
  v_responses bigint := (kinkster.turn_figures('openai_responses', v_since) ->> 'completed')::bigint;
begin
  state := case when least(v_flowise, v_responses) >= c_enough then 'ok' else 'unknown' end;
  said := pg_catalog.format(
    'Replies of the last 30 days: %s by Flowise, %s by the Responses API; %s of each are enough to compare them.', v_flowise, v_responses, c_enough
  );
  todo := case state when 'ok' then null else 'Wait for more, or send some; then kinkster report compares the providers.' end;
end
$$;

comment on function kinkster.doctor_figures() is 'Whether both providers have turns enough, in the last 30 days, to be compared.';

revoke execute on function kinkster.doctor_figures() from public, anon, authenticated, service_role;

-- from supabase/schemas/kinkster/examine.sql
-- Asks every check in turn. One that fails is a finding of its own and hides none of the others. Security definer: who
-- operates a worker has no table rights.
create or replace function kinkster.examine()
  returns jsonb
  language plpgsql
  stable
  security definer
  set search_path = ''
as $$
declare
  c_checks constant text[] := array[
    'migrations', 'columns', 'old_functions', 'old_triggers', 'rules', 'providers', 'always_flowise', 'chatflows',
    'prompts', 'model_ends', 'model_prices', 'flowise_turns', 'responses_turns', 'fallback', 'continuity', 'queue',
    'workers', 'breakers', 'roll_ups', 'costs', 'flowise_cost', 'clock_offset', 'row_security', 'policies', 'rights',
    'provider_choice', 'exposed_schemas', 'notion_connections', 'notion_tokens', 'notion_characters', 'rollout', 'figures'
  ];
  v_check text;
  v_state text;
  v_said text;
  v_todo text;
  v_found jsonb := '[]'::jsonb;
begin
  foreach v_check in array c_checks loop
    begin
      execute pg_catalog.format('select c.state, c.said, c.todo from kinkster.%I() as c', 'doctor_' || v_check) into v_state, v_said, v_todo;
      v_found := v_found || pg_catalog.jsonb_build_object(
        'check', v_check, 'state', v_state, 'found', v_said, 'todo', v_todo
      );
    exception when others then
      v_found := v_found || pg_catalog.jsonb_build_object(
        'check', v_check,
        'state', 'unknown',
        -- What a missing table is called, an operator may know; other messages may quote a row.
        'found', pg_catalog.format('This could not be looked at: SQLSTATE %s%s.', sqlstate, case when sqlstate like '42%' then ', ' || sqlerrm end),
        'todo', 'See that the migrations have all run: kinkster migrations plan.'
      );
    end;
  end loop;
  return v_found;
end
$$;

comment on function kinkster.examine() is
  'What every check finds, as a list of check, state (ok, warning, problem or unknown), found (a sentence) and todo (what to do; null for nothing).';

revoke execute on function kinkster.examine() from public, anon, authenticated, service_role;
grant execute on function kinkster.examine() to service_role, kinkster_worker;

-- from supabase/schemas/public/kinkster_doctor.sql
-- What is wrong, and what to do about it: for an operator with SQL. `kinkster doctor` adds what only a process can see.
create or replace function public.kinkster_doctor()
  returns table ("check" text, state text, found text, todo text)
  language sql
  stable
  security invoker
  set search_path = ''
as $$
  select d."check", d.state, d.found, d.todo
  from pg_catalog.jsonb_to_recordset(kinkster.examine()) as d ("check" text, state text, found text, todo text)
$$;

comment on function public.kinkster_doctor() is
  'Looks for what is wrong: one row per check, with its state (ok, warning, problem, or unknown where it can''t be told), what was found, and what to do. Changes nothing.';

revoke execute on function public.kinkster_doctor() from public, anon, authenticated, service_role;
grant execute on function public.kinkster_doctor() to service_role, kinkster_worker;

-- from supabase/schemas/kinkster/doctor_targets.sql
-- What only a process can look at, and the database knows the names of. Security definer: who operates a worker has no
-- table rights.
create or replace function kinkster.doctor_targets()
  returns jsonb
  language plpgsql
  stable
  security definer
  set search_path = ''
as $$
declare
  c_most constant integer := 10;
begin
  return pg_catalog.jsonb_build_object(
    'now', pg_catalog.clock_timestamp(),
    'models', (
      select coalesce(pg_catalog.jsonb_agg(distinct kinkster.model_in_force(m.model, kinkster.now())), '[]')
      from (select c.model from kinkster.chosen_models() as c limit c_most) as m
    ),
    'chatflows', (
      select coalesce(pg_catalog.jsonb_agg(f.chatflow_id order by f.kinksters desc, f.chatflow_id), '[]')
      from (
        select coalesce(nullif(k.flowise_chatflow_id, ''), s.default_flowise_chatflow_id) as chatflow_id, count(*) as kinksters
        from public.kinksters as k
        cross join kinkster.settings as s
        where k.provider = 'flowise' and k.is_active is not false
        group by 1
        having coalesce(nullif(k.flowise_chatflow_id, ''), s.default_flowise_chatflow_id) is not null
        order by 2 desc, 1
        limit c_most
      ) as f
    ),
    'uses_openai', exists (select from public.kinksters as k where k.provider = 'openai_responses'),
    'uses_flowise', exists (select from public.kinksters as k where k.provider = 'flowise'),
    'uses_notion', exists (select from kinkster.notion_connections as c)
  );
end
$$;

comment on function kinkster.doctor_targets() is
  'What kinkster doctor asks others about: now (the database''s real time), models that are asked today and chatflows in use (at most ten each, the most used), and whether characters use (uses_openai, uses_flowise) and users use (uses_notion) them.';

revoke execute on function kinkster.doctor_targets() from public, anon, authenticated, service_role;
grant execute on function kinkster.doctor_targets() to service_role, kinkster_worker;

-- from supabase/schemas/kinkster/has_plain_tokens.sql (gone)
-- squawk-ignore ban-drop-function
drop function kinkster.has_plain_tokens();
