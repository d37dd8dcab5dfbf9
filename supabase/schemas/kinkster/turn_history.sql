-- The transcript of one branch as a provider reads it: from a turn back to the first, within the operator's bounds.
create or replace function kinkster.turn_history(p_user_id uuid, p_turn_id uuid)
  returns jsonb
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
begin
  return (
    with recursive bounds as (
      select s.context_turns, s.context_characters from kinkster.settings as s
    ),

    branch as (
      select t.parent_turn_id, t.message, t.reply, 1 as distance
      from public.kinkster_turns as t
      where t.user_id = p_user_id and t.id = p_turn_id
      union all
      select t.parent_turn_id, t.message, t.reply, b.distance + 1
      from branch as b
      join public.kinkster_turns as t on t.user_id = p_user_id and t.id = b.parent_turn_id
      where b.distance < (select bounds.context_turns from bounds)
    ),

    measured as (
      select
        b.message,
        b.reply,
        b.distance,
        sum(char_length(b.message) + char_length(b.reply)) over (order by b.distance) as characters
      from branch as b
    )

    select coalesce(
      jsonb_agg(jsonb_build_object('role', said.role, 'content', said.content) order by m.distance desc, said.position),
      '[]'
    )
    from measured as m
    cross join lateral (
      values (1, 'user', m.message), (2, 'assistant', m.reply)
    ) as said (position, role, content)
    where said.content <> ''
      and (m.distance = 1 or m.characters <= (select bounds.context_characters from bounds))
  );
end
$$;

comment on function kinkster.turn_history(uuid, uuid) is
  'Messages of a branch up to and including a turn, oldest first, as [{"role", "content"}]: at most context_turns turns and context_characters characters of kinkster.settings, the nearest first.';

revoke execute on function kinkster.turn_history(uuid, uuid) from public, anon, authenticated, service_role;
