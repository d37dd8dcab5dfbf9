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
