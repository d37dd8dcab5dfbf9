-- Test 2 of the guide, as the users have done it since yesterday.
create or replace function kinkster.doctor_responses_turns(out state text, out said text, out todo text)
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
begin
  select h.state, h.said, h.todo into state, said, todo from kinkster.how_turns_end('openai_responses') as h;
end
$$;

comment on function kinkster.doctor_responses_turns() is 'How turns of the Responses API ended in the last 24 hours.';

revoke execute on function kinkster.doctor_responses_turns() from public, anon, authenticated, service_role;
