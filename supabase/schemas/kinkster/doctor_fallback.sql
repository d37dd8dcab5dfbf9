-- A server without the Responses API is asked by Chat Completions, which works and remembers nothing.
create or replace function kinkster.doctor_fallback(out state text, out said text, out todo text)
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  v_now timestamptz := kinkster.now();
  v_workers text;
  v_chat bigint;
  v_responses bigint;
begin
  select pg_catalog.string_agg(w.name, ', ' order by w.name) into v_workers
  from kinkster.workers as w
  where w.seen_at > v_now - interval '90 seconds' and w.about ->> 'openai' = 'chat_completions';
  select count(*) filter (where t.api = 'chat_completions'), count(*) filter (where t.api = 'responses') into v_chat, v_responses
  from (
    select t.api
    from public.kinkster_turns as t
    where t.created_at > v_now - interval '1 day'
    order by t.created_at desc
    limit 10000
  ) as t;
  state := case when v_workers is not null or v_chat > 0 then 'warning' else 'ok' end;
  said := pg_catalog.format('Replies of the last 24 hours: %s by the Responses API, %s by Chat Completions.', v_responses, v_chat)
    || coalesce(' Workers that use Chat Completions now: ' || v_workers || '.', '');
  if state = 'warning' then
    todo := 'If the server should have it, see OPENAI_BASE_URL and the account''s access to the Responses API; workers try it again every ten minutes.';
  end if;
end
$$;

comment on function kinkster.doctor_fallback() is 'Whether workers use the fallback, Chat Completions, because the server has no Responses API.';

revoke execute on function kinkster.doctor_fallback() from public, anon, authenticated, service_role;
