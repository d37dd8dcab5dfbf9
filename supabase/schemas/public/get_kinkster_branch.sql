-- The transcript that a conversation shows: from its first message to its head, without the branches beside it.
create or replace function public.get_kinkster_branch(p_conversation_id uuid)
  returns setof public.kinkster_messages
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  v_conversation public.kinkster_conversations := kinkster.visible_conversation(p_conversation_id);
begin
  return query
  with recursive branch as (
    select t.id, t.parent_turn_id, 0 as distance
    from public.kinkster_turns as t
    where t.user_id = v_conversation.user_id and t.id = v_conversation.head_turn_id
    union all
    select t.id, t.parent_turn_id, b.distance + 1
    from branch as b
    join public.kinkster_turns as t on t.user_id = v_conversation.user_id and t.id = b.parent_turn_id
  )

  select m.*
  from branch as b
  join public.kinkster_messages as m
    on m.user_id = v_conversation.user_id and m.conversation_id = v_conversation.id and m.turn_id = b.id
  order by b.distance desc, m.position;
end
$$;

comment on function public.get_kinkster_branch(uuid) is
  'The messages of the branch that a conversation shows, in order, as rows of kinkster_messages. Raises PT404 for a conversation that the caller cannot see.';

revoke execute on function public.get_kinkster_branch(uuid) from public, anon, authenticated, service_role;
grant execute on function public.get_kinkster_branch(uuid) to authenticated;
