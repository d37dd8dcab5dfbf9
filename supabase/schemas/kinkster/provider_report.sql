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
