-- Row security decides which characters a caller sees; this turns "none" into the one answer for unknown and foreign ids.
create or replace function kinkster.visible_kinkster(p_kinkster_id uuid)
  returns public.kinksters
  language plpgsql
  stable
  parallel safe
  security invoker
  set search_path = ''
as $$
declare
  v_kinkster public.kinksters;
begin
  select k.* into v_kinkster from public.kinksters as k where k.id = p_kinkster_id;
  if not found then
    raise sqlstate 'PT404' using
      message = 'There is no kinkster with this id that you can see.',
      hint = 'Check the id: a kinkster is seen by its owner, a system kinkster by everyone who is signed in.';
  end if;
  return v_kinkster;
end
$$;

comment on function kinkster.visible_kinkster(uuid) is
  'The character with this id as the caller sees it. Raises PT404, the same for an unknown one and somebody else''s.';

revoke execute on function kinkster.visible_kinkster(uuid) from public, anon, authenticated, service_role;
grant execute on function kinkster.visible_kinkster(uuid) to authenticated, service_role;
