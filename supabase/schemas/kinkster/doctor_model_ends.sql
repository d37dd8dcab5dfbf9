-- Models end on a day that is known months before. From then on turns go to the replacement, if there is one.
create or replace function kinkster.doctor_model_ends(out state text, out said text, out todo text)
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  v_ended text;
  v_replaced text;
  v_ending text;
begin
  select
    pg_catalog.string_agg(m.model, ', ') filter (where w.has_ended and w.warning ->> 'replacement' is null),
    pg_catalog.string_agg(pg_catalog.format('%s (%s is asked)', m.model, w.warning ->> 'replacement'), ', ') filter (
      where w.has_ended and w.warning ->> 'replacement' is not null
    ),
    pg_catalog.string_agg(
      pg_catalog.format('%s on %s (then: %s)', m.model, w.warning ->> 'shutdown_on', coalesce(w.warning ->> 'replacement', 'nothing')), ', '
    ) filter (where not w.has_ended)
  into v_ended, v_replaced, v_ending
  from kinkster.chosen_models() as m
  cross join lateral (
    select warned.warning, (warned.warning ->> 'shutdown_on')::date <= (kinkster.now() at time zone 'UTC')::date as has_ended
    from (select kinkster.model_warning(m.model) as warning) as warned
  ) as w;
  state := case when v_ended is not null then 'problem' when coalesce(v_replaced, v_ending) is not null then 'warning' else 'ok' end;
  said := coalesce(
    nullif(
      pg_catalog.concat_ws(
        ' ', 'Ended, and nothing is known to replace them: ' || v_ended || '.', 'Ended: ' || v_replaced || '.', 'Known to end: ' || v_ending || '.'
      ), ''
    ),
    'No model that characters ask for is known to end.'
  );
  if v_ended is not null then
    todo := 'Choose other models, or say what replaces them: update kinkster.models set replacement = ''…'', listed = false where model = ''…'';';
  elsif state = 'warning' then
    todo := 'Choose other models in time, for characters and in kinkster.settings.default_openai_model; turns change over by themselves.';
  end if;
end
$$;

comment on function kinkster.doctor_model_ends() is 'Whether models that characters ask for end or have ended, and what is asked instead.';

revoke execute on function kinkster.doctor_model_ends() from public, anon, authenticated, service_role;
