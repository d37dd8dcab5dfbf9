-- What the metrics' views must show, read from the turns themselves by other means: counts with filters, percentile_disc,
-- failures by a list of codes. Uses none of the product's views, roll-ups or functions but its clock.
create schema metrics_rules;

create function metrics_rules.class_of(p_code text) returns text language sql immutable as $$
  select coalesce(
    (jsonb_build_object(
      'provider_unreachable', 'unavailable', 'provider_timeout', 'unavailable', 'provider_unavailable', 'unavailable',
      'provider_rate_limited', 'limited', 'provider_quota_exhausted', 'limited', 'provider_unauthorized', 'rejected',
      'provider_not_configured', 'rejected', 'provider_rejected', 'rejected', 'provider_misbehaved', 'misbehaved',
      'provider_error', 'misbehaved', 'reply_cut_off', 'misbehaved', 'reply_empty', 'misbehaved',
      'reply_incomplete', 'by_model', 'reply_filtered', 'by_model', 'reply_refused', 'by_model'
    ) ->> p_code),
    'by_us'
  )
$$;

-- US dollars for a message of Flowise in each month.
create function metrics_rules.hosting() returns table (month date, usd_per_message numeric) language sql stable as $$
  with flowise as (
    select (t.created_at at time zone 'UTC')::timestamp as at, t.status
    from public.kinkster_turns as t
    where t.provider = 'flowise'
  ),
  months as (
    select date_trunc('month', f.at) as month, count(*) filter (where f.status = 'completed') as messages
    from flowise as f
    group by 1
  ),
  spans as (
    select
      m.month,
      m.messages,
      least(kinkster.now() at time zone 'UTC', m.month + interval '1 month') as until,
      greatest(m.month, (select date_trunc('day', min(f.at)) from flowise as f)) as since
    from months as m
  )
  select
    s.month::date,
    (select flowise_monthly_cost_usd from kinkster.settings)
      * extract(epoch from s.until - s.since) / extract(epoch from (s.month + interval '1 month') - s.month) / s.messages
  from spans as s
  where s.messages > 0 and (select flowise_monthly_cost_usd from kinkster.settings) is not null
$$;

-- The figures by day, provider and model; by character too, or not, which leaves kinkster_id null; of one user or all.
create function metrics_rules.figures(p_by_character boolean, p_user uuid default null)
  returns table (day date, kinkster_id uuid, provider text, model text, figures jsonb, exact jsonb)
  language sql stable as $$
  with read as (
    select
      (t.created_at at time zone 'UTC')::date as day,
      case when p_by_character then c.kinkster_id end as kinkster_id,
      t.*,
      case when t.status = 'failed' then metrics_rules.class_of(t.error_code) end as class,
      t.status = 'completed' and t.provider is not null as is_reply,
      round(1000 * extract(epoch from t.finished_at - t.started_at))::bigint as duration_ms,
      (select r.rating from public.kinkster_ratings as r where r.user_id = t.user_id and r.turn_id = t.id) as rating
    from public.kinkster_turns as t
    join public.kinkster_conversations as c using (user_id)
    where c.id = t.conversation_id and (p_user is null or t.user_id = p_user)
  ),
  summed as (
    select
      r.day, r.kinkster_id, r.provider, r.model,
      count(*) as turns,
      count(*) filter (where r.status = 'queued' or r.status = 'streaming') as in_flight,
      count(*) filter (where r.status = 'completed') as completed,
      count(*) filter (where r.status = 'cancelled') as cancelled,
      count(*) filter (where r.status = 'failed') as failed,
      count(*) filter (where r.class = 'unavailable') as failed_unavailable,
      count(*) filter (where r.class = 'limited') as failed_limited,
      count(*) filter (where r.class = 'rejected') as failed_rejected,
      count(*) filter (where r.class = 'misbehaved') as failed_misbehaved,
      count(*) filter (where r.class = 'by_model') as failed_by_model,
      count(*) filter (where r.class = 'by_us') as failed_by_us,
      count(*) filter (where r.continuity = 'chained') as chained,
      count(*) filter (where r.continuity = 'rebuilt') as rebuilt,
      count(*) filter (where r.rebuilt_because = 'provider_changed') as rebuilt_provider_changed,
      count(*) filter (where r.rebuilt_because = 'limits_changed') as rebuilt_limits_changed,
      count(*) filter (where r.rebuilt_because = 'unfinished') as rebuilt_unfinished,
      count(*) filter (where r.rebuilt_because = 'branched') as rebuilt_branched,
      count(*) filter (where r.rebuilt_because = 'stateless') as rebuilt_stateless,
      count(*) filter (where r.rebuilt_because = 'forgotten') as rebuilt_forgotten,
      case when count(r.input_tokens) > 0 then coalesce(sum(r.input_tokens), 0) end as input_tokens,
      case when count(r.input_tokens) > 0 then coalesce(sum(r.cached_tokens), 0) end as cached_tokens,
      case when count(r.input_tokens) > 0 then coalesce(sum(r.cache_write_tokens), 0) end as cache_write_tokens,
      case when count(r.input_tokens) > 0 then coalesce(sum(r.output_tokens), 0) end as output_tokens,
      case when count(r.input_tokens) > 0 then coalesce(sum(r.reasoning_tokens), 0) end as reasoning_tokens,
      sum(r.cost_usd) as cost_usd,
      count(*) filter (
        where r.provider is not null and r.cost_usd is null and r.status in ('completed', 'failed', 'cancelled')
      ) as cost_unknown,
      count(*) filter (where r.rating = 1) as rated_good,
      count(*) filter (where r.rating = -1) as rated_bad,
      count(*) filter (where r.status = 'completed' and r.cost_usd is not null) as priced,
      sum(char_length(r.reply)) filter (where r.is_reply and r.duration_ms - r.first_text_ms >= 100) as characters,
      sum(r.duration_ms - r.first_text_ms) filter (where r.is_reply and r.duration_ms - r.first_text_ms >= 100) as streamed,
      percentile_disc(array[0.5, 0.95, 0.99]) within group (order by r.first_text_ms) filter (where r.is_reply) as first_text,
      percentile_disc(array[0.5, 0.95, 0.99]) within group (order by r.duration_ms) filter (where r.is_reply) as duration
    from read as r
    group by r.day, r.kinkster_id, r.provider, r.model
  )
  select
    s.day, s.kinkster_id, s.provider, s.model,
    to_jsonb(s) - array['priced', 'characters', 'streamed', 'first_text', 'duration', 'kinkster_id'] || jsonb_build_object(
      'error_rate', round(
        (s.failed - s.failed_by_us) / nullif((s.completed + s.failed - s.failed_by_us)::numeric, 0), 4
      ),
      'characters_per_second', round(s.characters * 1000.0 / s.streamed, 1)
    ),
    jsonb_build_object(
      'first_text_p50_ms', s.first_text[1], 'first_text_p95_ms', s.first_text[2], 'first_text_p99_ms', s.first_text[3],
      'duration_p50_ms', s.duration[1], 'duration_p95_ms', s.duration[2], 'duration_p99_ms', s.duration[3],
      'token_usd', s.cost_usd / nullif(s.priced, 0)
    )
  from summed as s
$$;

-- Whether a time that a view shows is within the 5 % (and the rounding to a millisecond) of the true one. Times are told
-- apart from 1 ms to eight hours.
create function metrics_rules.is_near(p_shown numeric, p_true numeric) returns boolean language sql immutable as $$
  select case
    when p_shown is null or p_true is null then p_shown is null and p_true is null
    else abs(p_shown - t.ms) <= 0.05 * t.ms + 0.5
  end
  from (values (least(greatest(p_true, 1), 8 * 3600 * 1000))) as t (ms)
$$;

-- Whether an amount is the same but for what the clock went on between two looks at it.
create function metrics_rules.is_same_usd(p_shown numeric, p_true numeric) returns boolean language sql immutable as $$
  select case
    when p_shown is null or p_true is null then p_shown is null and p_true is null
    else abs(p_shown - p_true) <= 0.001 * abs(p_true)
  end
$$;

-- What a view shows that is not so, each row of `p_view` (a query) against the turns: the empty set when all is right.
create function metrics_rules.differences(p_view text, p_by_character boolean, p_user uuid default null)
  returns table (day date, kinkster_id uuid, provider text, model text, what text, shown jsonb, is_truly jsonb)
  language plpgsql as $body$
declare
  v_times constant text[] := array[
    'first_text_p50_ms', 'first_text_p95_ms', 'first_text_p99_ms', 'duration_p50_ms', 'duration_p95_ms', 'duration_p99_ms'
  ];
begin
  return query execute format($$
    with seen as materialized (
      select s.day, %1$s as kinkster_id, s.provider, s.model, to_jsonb(s) - 'kinkster_id' as shown from (%2$s) as s
    ),
    compared as (
      select
        coalesce(s.day, f.day) as day, coalesce(s.kinkster_id, f.kinkster_id) as kinkster_id,
        coalesce(s.provider, f.provider) as provider, coalesce(s.model, f.model) as model,
        s.shown, f.figures, f.exact,
        case when s.provider = 'flowise' and $2 is null then h.usd_per_message end as hosting
      from seen as s
      full join metrics_rules.figures($1, $2) as f
        on s.day = f.day
        and coalesce(s.kinkster_id::text, '') = coalesce(f.kinkster_id::text, '')
        and coalesce(s.provider, '') = coalesce(f.provider, '')
        and coalesce(s.model, '') = coalesce(f.model, '')
      left join metrics_rules.hosting() as h on h.month = date_trunc('month', f.day)::date
    )
    select c.day, c.kinkster_id, c.provider, c.model, found.what, found.shown, found.is_truly
    from compared as c
    cross join lateral (
      select 'all' as what, c.shown, c.figures as is_truly where c.shown is null or c.figures is null
      union all
      select k.key, c.shown -> k.key, k.value
      from jsonb_each(c.figures) as k
      where c.shown -> k.key is distinct from k.value
      union all
      select t.name, c.shown -> t.name, c.exact -> t.name
      from unnest($3) as t (name)
      where not metrics_rules.is_near((c.shown ->> t.name)::numeric, (c.exact ->> t.name)::numeric)
      union all
      select 'hosting_usd', c.shown -> 'hosting_usd', to_jsonb(c.hosting * (c.figures ->> 'completed')::numeric)
      where c.shown ? 'hosting_usd' and not metrics_rules.is_same_usd(
        (c.shown ->> 'hosting_usd')::numeric, c.hosting * (c.figures ->> 'completed')::numeric
      )
      union all
      select 'cost_per_message_usd', c.shown -> 'cost_per_message_usd', to_jsonb(usd.message)
      from (
        select case
          when c.exact ->> 'token_usd' is not null or c.hosting is not null then
            coalesce((c.exact ->> 'token_usd')::numeric, 0) + coalesce(c.hosting, 0)
        end as message
      ) as usd
      where not metrics_rules.is_same_usd((c.shown ->> 'cost_per_message_usd')::numeric, usd.message)
    ) as found
    order by 1, 2, 3, 4, 5
  $$, case when p_by_character then 's.kinkster_id' else 'null::uuid' end, p_view)
  using p_by_character, p_user, v_times;
end
$body$;
