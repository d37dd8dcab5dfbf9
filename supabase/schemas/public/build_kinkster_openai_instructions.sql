-- The system prompt of a character as the caller's turns carry it: with the caller's own hard limits, or the owner's
-- when the caller is no user (an operator). Parallel safe, as what it calls is: an operator's list of all is shared by cores.
create or replace function public.build_kinkster_openai_instructions(p_kinkster_id uuid)
  returns text
  language plpgsql
  stable
  parallel safe
  security invoker
  set search_path = ''
as $$
declare
  v_kinkster public.kinksters := kinkster.visible_kinkster(p_kinkster_id);
  v_user_limits text[];
  v_user_soft_limits text[];
begin
  select p.hard_limits, p.soft_limits into v_user_limits, v_user_soft_limits
  from public.profiles as p
  where p.id = coalesce((select auth.uid()), v_kinkster.user_id);
  return kinkster.compose_prompt(
    v_kinkster, kinkster.limits_block(v_user_limits, v_kinkster.hard_limits), v_user_soft_limits
  );
end
$$;

comment on function public.build_kinkster_openai_instructions(uuid) is
  'System prompt for one kinkster, in a fixed order, with the hard limits of platform, user and character first and last. Raises PT404 when the caller cannot see it.';

revoke execute on function public.build_kinkster_openai_instructions(uuid) from public, anon, authenticated, service_role;
grant execute on function public.build_kinkster_openai_instructions(uuid) to authenticated, service_role;
