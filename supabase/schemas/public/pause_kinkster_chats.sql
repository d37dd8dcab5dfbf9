-- Stops everything at once: no character answers the user, in any conversation, until they say otherwise.
create or replace function public.pause_kinkster_chats()
  returns jsonb
  language plpgsql
  volatile
  security invoker
  set search_path = ''
as $$
begin
  update public.profiles as p set submission_state = 'paused' where p.id = (select auth.uid());
  if not found then
    raise sqlstate 'PT404' using
      message = 'You have no profile yet.',
      hint = 'Insert your row into profiles (id and email) first.';
  end if;
  return pg_catalog.jsonb_build_object('success', true, 'stopped', kinkster.pause_turns());
end
$$;

comment on function public.pause_kinkster_chats() is
  'Pauses all chats of the caller (submission_state of their profile) and cancels each reply that waits or streams; returns how many as stopped. To go on, set submission_state to active. Raises PT404 when the caller has no profile.';

revoke execute on function public.pause_kinkster_chats() from public, anon, authenticated, service_role;
grant execute on function public.pause_kinkster_chats() to authenticated;
