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
