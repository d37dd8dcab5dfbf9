-- The transcript as clients like to read it: a row per message, in order.
create or replace view public.kinkster_messages
  with (security_invoker = true)
as
select
  t.user_id,
  t.conversation_id,
  t.id as turn_id,
  m.position,
  m.role,
  m.content,
  t.status,
  t.parent_turn_id,
  t.created_at
from public.kinkster_turns as t
cross join lateral (
  values (1, 'user', t.message), (2, 'assistant', t.reply)
) as m (position, role, content)
where m.content <> ''
order by t.user_id, t.conversation_id, t.created_at, t.id, m.position;

comment on view public.kinkster_messages is
  'Each turn as one or two messages, in the order they were said. status is the turn''s: a reply of a turn that is not completed is not whole.';
comment on column public.kinkster_messages.user_id is 'Whose conversation it is.';
comment on column public.kinkster_messages.conversation_id is 'The conversation.';
comment on column public.kinkster_messages.turn_id is 'The turn that holds the message.';
comment on column public.kinkster_messages.position is '1 for the message, 2 for its reply.';
comment on column public.kinkster_messages.role is 'user or assistant.';
comment on column public.kinkster_messages.content is 'What was said.';
comment on column public.kinkster_messages.status is 'Status of the turn.';
comment on column public.kinkster_messages.parent_turn_id is 'The turn before it on its branch.';
comment on column public.kinkster_messages.created_at is 'When the turn''s message was stored.';

revoke all on public.kinkster_messages from public, anon, authenticated, service_role;
grant select on public.kinkster_messages to authenticated, service_role;
