-- Workers say every half minute that they run.
create or replace function kinkster.doctor_workers(out state text, out said text, out todo text)
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  v_now timestamptz := kinkster.now();
  v_names text;
  v_versions bigint;
  v_queue boolean;
  v_lacking text;
begin
  select
    pg_catalog.string_agg(pg_catalog.format('%s (%s)', w.name, w.version), ', ' order by w.name),
    count(distinct w.version),
    coalesce(pg_catalog.bool_or((w.about ->> 'queue_turns')::integer > 0), false),
    pg_catalog.concat_ws(
      ', ',
      case when not coalesce(pg_catalog.bool_or(w.about ->> 'openai' is not null), false)
        and exists (select from public.kinksters as k where k.provider = 'openai_responses') then 'OPENAI_API_KEY' end,
      case when not coalesce(pg_catalog.bool_or((w.about ->> 'flowise')::boolean), false)
        and exists (select from public.kinksters as k where k.provider = 'flowise') then 'FLOWISE_URL' end,
      case when not coalesce(pg_catalog.bool_or((w.about ->> 'notion')::boolean), false)
        and exists (select from kinkster.notion_connections as c) then 'KINKSTER_NOTION_KEY' end
    )
  into v_names, v_versions, v_queue, v_lacking
  from kinkster.workers as w
  where w.seen_at > v_now - interval '90 seconds';
  if v_names is null then
    state := 'problem';
    said := 'No worker has been seen in the last 90 seconds'
      || coalesce((select pg_catalog.format('; the last, %s, at %s UTC.', w.name, pg_catalog.to_char(w.seen_at at time zone 'UTC', 'YYYY-MM-DD HH24:MI'))
        from kinkster.workers as w order by w.seen_at desc limit 1), '.');
    todo := 'Start one: kinkster worker.';
    return;
  end if;
  said := 'Workers that run: ' || v_names || '.';
  state := 'ok';
  if not v_queue then
    state := 'problem';
    said := said || ' None takes messages that were sent by SQL, or tries again what failed.';
    todo := 'Set KINKSTER_QUEUE_TURNS over 0 at one of them.';
  elsif v_lacking <> '' then
    state := 'problem';
    said := said || pg_catalog.format(' None of them has: %s.', v_lacking);
    todo := 'Set it at the workers and start them again: there are characters or connections that need it.';
  elsif v_versions > 1 then
    state := 'warning';
    said := said || ' They are of several versions.';
    todo := 'Bring the older ones up to date.';
  end if;
end
$$;

comment on function kinkster.doctor_workers() is 'Whether workers run, and between them do all that is to be done.';

revoke execute on function kinkster.doctor_workers() from public, anon, authenticated, service_role;
