-- Sets the characters' own provider once a rollout is through, or back after a rollback: so many at a time, in a transaction
-- that is short, and never waiting for a row that somebody is writing. The next call goes on.
create or replace function kinkster.set_rollout_providers(p_rollout kinkster.rollouts)
  returns integer
  language plpgsql
  volatile
  security invoker
  set search_path = ''
as $$
declare
  c_most constant integer := 1000;
  v_back boolean := p_rollout.state = 'rolled_back';
  v_member kinkster.rollout_kinksters;
  v_kinkster public.kinksters;
  v_because text;
begin
  for v_member in
    select m.*
    from kinkster.rollout_kinksters as m
    where m.rollout_id = p_rollout.id
      and m.left_because is null
      and case when v_back then m.moved_at is not null and m.restored_at is null else m.stage is not null and m.moved_at is null end
    order by m.position
    limit c_most
  loop
    select k.* into v_kinkster
    from public.kinksters as k
    where k.id = v_member.kinkster_id
    for no key update skip locked;
    if not found then
      continue when exists (select from public.kinksters as k where k.id = v_member.kinkster_id);
      v_because := 'It was deleted.';
    elsif v_back and (v_kinkster.provider <> 'openai_responses' or v_kinkster.provider_changed_at is distinct from v_member.moved_at)
      or not v_back and (v_kinkster.provider <> 'flowise' or v_kinkster.provider_changed_at > p_rollout.started_at) then
      v_because := 'Its provider was chosen by hand meanwhile.';
    else
      v_because := 'It breaks the rule ' || kinkster.broken_rule(v_kinkster) || ', so it can''t be written.';
    end if;

    if v_because is not null then
      update kinkster.rollout_kinksters as m
      set left_because = v_because
      where m.rollout_id = p_rollout.id and m.kinkster_id = v_member.kinkster_id;
    else
      update public.kinksters as k
      set provider = case when v_back then v_member.previous_provider else 'openai_responses' end
      where k.id = v_member.kinkster_id
      returning k.* into v_kinkster;
      update kinkster.rollout_kinksters as m
      set
        previous_provider = coalesce(m.previous_provider, 'flowise'),
        moved_at = coalesce(m.moved_at, v_kinkster.provider_changed_at),
        restored_at = case when v_back then v_kinkster.provider_changed_at end
      where m.rollout_id = p_rollout.id and m.kinkster_id = v_member.kinkster_id;
    end if;
  end loop;
  return (
    select count(*)::integer
    from kinkster.rollout_kinksters as m
    where m.rollout_id = p_rollout.id
      and m.left_because is null
      and case when v_back then m.moved_at is not null and m.restored_at is null else m.stage is not null and m.moved_at is null end
  );
end
$$;

comment on function kinkster.set_rollout_providers(kinkster.rollouts) is
  'Sets the own provider of up to 1,000 characters of a rollout that is through, or back where it was rolled back and nobody has changed it since; notes why one is left as it is. Returns how many are still to come.';

revoke execute on function kinkster.set_rollout_providers(kinkster.rollouts) from public, anon, authenticated, service_role;
