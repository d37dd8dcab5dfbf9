-- Test 1 of the guide, as the users have done it since yesterday.
create or replace function kinkster.doctor_flowise_turns(out state text, out said text, out todo text)
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
begin
  select h.state, h.said, h.todo into state, said, todo from kinkster.how_turns_end('flowise') as h;
end
$$;

comment on function kinkster.doctor_flowise_turns() is 'How turns of Flowise ended in the last 24 hours.';

revoke execute on function kinkster.doctor_flowise_turns() from public, anon, authenticated, service_role;
