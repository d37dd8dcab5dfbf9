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
