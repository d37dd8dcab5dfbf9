-- A step needs enough turns to compare what each turn has, and nothing that is broken. Few users rate, and a cost is not
-- always known: those two only speak up when they know something.
create or replace function kinkster.rollout_obstacles(p_guardrails jsonb)
  returns text
  language plpgsql
  immutable
  parallel safe
  security invoker
  set search_path = ''
as $$
begin
  return (
    select pg_catalog.string_agg(g ->> 'because', ' ')
    from pg_catalog.jsonb_array_elements(p_guardrails) as g
    where g ->> 'state' = 'broken'
      or (g ->> 'state' = 'not_enough_turns' and g ->> 'guardrail' in ('error_rate', 'first_text_p95_ms'))
  );
end
$$;

comment on function kinkster.rollout_obstacles(jsonb) is
  'What of kinkster.rollout_guardrails keeps a rollout from its next step, as sentences; null when nothing does.';

revoke execute on function kinkster.rollout_obstacles(jsonb) from public, anon, authenticated, service_role;
