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
