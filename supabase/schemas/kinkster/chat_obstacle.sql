-- The first thing that keeps a user from chatting with a character, and what to do about it.
create or replace function kinkster.chat_obstacle(
  p_kinkster public.kinksters,
  p_user_state text,
  out reason text,
  out hint text
)
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
begin
  if p_user_state = 'none' then
    reason := 'You have no profile yet.';
    hint := 'Insert your row into profiles (id and email) first.';
  elsif p_user_state = 'paused' then
    reason := 'You have paused your chats.';
    hint := 'Set submission_state in your profile to active when you want to go on.';
  elsif p_kinkster.is_active is false then
    reason := 'This kinkster is switched off.';
    hint := 'Set is_active to true to chat with it.';
  elsif not kinkster.states_adult_age(p_kinkster.age_range, p_kinkster.physical_attributes) then
    reason := 'This kinkster''s age is not plainly 18 or over.';
    hint := 'Set age_range (and an age among its attributes) to one such as ''25-30'', ''30s'' or ''ageless adult''.';
  elsif p_kinkster.provider = 'flowise' and kinkster.is_blank(p_kinkster.flowise_chatflow_id)
    and not (select s.has_default_flowise_chatflow from kinkster.settings as s) then
    reason := 'This kinkster is answered by Flowise, and no chatflow is set for it.';
    hint := 'Set flowise_chatflow_id, ask the operator for a default chatflow, or change the provider to openai_responses.';
  end if;
end
$$;

comment on function kinkster.chat_obstacle(public.kinksters, text) is
  'Why a user whose submission_state is p_user_state (''none'': there is no profile) cannot chat with a character, and what to do; nulls when they can.';

revoke execute on function kinkster.chat_obstacle(public.kinksters, text) from public, anon, authenticated, service_role;
grant execute on function kinkster.chat_obstacle(public.kinksters, text) to authenticated, service_role;
