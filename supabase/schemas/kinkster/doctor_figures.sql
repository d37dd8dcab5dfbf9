-- What the comparison of providers, and with it a recommendation, is worth depends on the number of turns behind it.
create or replace function kinkster.doctor_figures(out state text, out said text, out todo text)
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  c_enough constant integer := 30;
  v_since timestamptz := kinkster.now() - interval '30 days';
  v_flowise bigint := (kinkster.turn_figures('flowise', v_since) ->> 'completed')::bigint;
  v_responses bigint := (kinkster.turn_figures('openai_responses', v_since) ->> 'completed')::bigint;
begin
  state := case when least(v_flowise, v_responses) >= c_enough then 'ok' else 'unknown' end;
  said := pg_catalog.format(
    'Replies of the last 30 days: %s by Flowise, %s by the Responses API; %s of each are enough to compare them.', v_flowise, v_responses, c_enough
  );
  todo := case state when 'ok' then null else 'Wait for more, or send some; then kinkster report compares the providers.' end;
end
$$;

comment on function kinkster.doctor_figures() is 'Whether both providers have turns enough, in the last 30 days, to be compared.';

revoke execute on function kinkster.doctor_figures() from public, anon, authenticated, service_role;
