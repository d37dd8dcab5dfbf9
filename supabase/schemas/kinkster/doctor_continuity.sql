-- Test 3 of the guide: does the provider remember, or is the transcript sent each time?
create or replace function kinkster.doctor_continuity(out state text, out said text, out todo text)
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  v_now timestamptz := kinkster.now();
  v_chained bigint;
  v_rebuilt bigint;
  v_why text;
begin
  select count(*) filter (where t.continuity = 'chained'), count(*) filter (where t.continuity = 'rebuilt'),
    pg_catalog.mode() within group (order by t.rebuilt_because) filter (where t.continuity = 'rebuilt')
  into v_chained, v_rebuilt, v_why
  from (
    select t.continuity, t.rebuilt_because, t.provider, t.status
    from public.kinkster_turns as t
    where t.created_at > v_now - interval '1 day'
    order by t.created_at desc
    limit 10000
  ) as t
  where t.provider = 'openai_responses' and t.status = 'completed';
  state := case when v_chained + v_rebuilt = 0 then 'unknown' when v_rebuilt > v_chained then 'warning' else 'ok' end;
  said := case
    when state = 'unknown' then 'Nobody said a second thing to a character of the Responses API in the last 24 hours.'
    else pg_catalog.format(
      'Replies of the last 24 hours that went on: %s by the provider''s memory, %s by the transcript%s.', v_chained, v_rebuilt,
      coalesce(', mostly since: ' || v_why, '')
    )
  end;
  if state = 'warning' then
    todo := 'Nothing is forgotten, but more is sent and paid. See rebuilt_because of kinkster_turns: stateless and forgotten are the server''s doing.';
  elsif state = 'unknown' then
    todo := 'Send two messages to one; continuity of the second turn is chained.';
  end if;
end
$$;

comment on function kinkster.doctor_continuity() is 'Whether conversations with the Responses API go on by the id of the previous response.';

revoke execute on function kinkster.doctor_continuity() from public, anon, authenticated, service_role;
