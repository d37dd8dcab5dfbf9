-- Shows another branch of a conversation, from the given turn to its newest end. The next message goes on from there.
create or replace function public.switch_kinkster_branch(p_turn_id uuid)
  returns jsonb
  language plpgsql
  volatile
  security invoker
  set search_path = ''
as $$
declare
  v_turn public.kinkster_turns := kinkster.visible_turn(p_turn_id);
  v_head_turn_id uuid;
begin
  perform
  from public.kinkster_conversations as c
  where c.user_id = v_turn.user_id and c.id = v_turn.conversation_id
  for no key update;
  if exists (
    select
    from kinkster.turns_in_flight as f
    where f.user_id = v_turn.user_id and f.conversation_id = v_turn.conversation_id
  ) then
    raise sqlstate 'PT409' using
      message = 'A reply is still being written in this conversation.',
      hint = 'Wait for it to end, or cancel it, then switch.';
  end if;

  with recursive below as (
    select v_turn.id as id, 0 as depth
    union all
    select newest.id, b.depth + 1
    from below as b
    cross join lateral (
      select t.id
      from public.kinkster_turns as t
      where t.user_id = v_turn.user_id and t.conversation_id = v_turn.conversation_id and t.parent_turn_id = b.id
      order by t.created_at desc, t.id
      limit 1
    ) as newest
  )

  select b.id into v_head_turn_id from below as b order by b.depth desc limit 1;

  update public.kinkster_conversations as c
  set head_turn_id = v_head_turn_id, updated_at = kinkster.now()
  where c.user_id = v_turn.user_id and c.id = v_turn.conversation_id;
  return pg_catalog.jsonb_build_object(
    'success', true,
    'conversation_id', v_turn.conversation_id,
    'head_turn_id', v_head_turn_id
  );
end
$$;

comment on function public.switch_kinkster_branch(uuid) is
  'Makes the branch of a turn the one that its conversation shows and goes on with: that turn, and below it the newest turn each time. Returns conversation_id and head_turn_id, its last turn. Raises PT404 for a turn that the caller cannot see, PT409 while a reply is being written.';

revoke execute on function public.switch_kinkster_branch(uuid) from public, anon, authenticated, service_role;
grant execute on function public.switch_kinkster_branch(uuid) to authenticated;
