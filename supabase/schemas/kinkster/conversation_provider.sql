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
