-- Asks every check in turn. One that fails is a finding of its own and hides none of the others. Security definer: who
-- operates a worker has no table rights.
create or replace function kinkster.examine()
  returns jsonb
  language plpgsql
  stable
  security definer
  set search_path = ''
as $$
declare
  c_checks constant text[] := array[
    'migrations', 'columns', 'old_functions', 'old_triggers', 'rules', 'providers', 'always_flowise', 'chatflows',
    'prompts', 'model_ends', 'model_prices', 'flowise_turns', 'responses_turns', 'fallback', 'continuity', 'queue',
    'workers', 'breakers', 'roll_ups', 'costs', 'flowise_cost', 'clock_offset', 'row_security', 'policies', 'rights',
    'provider_choice', 'exposed_schemas', 'notion_connections', 'notion_tokens', 'notion_characters', 'rollout', 'figures'
  ];
  v_check text;
  v_state text;
  v_said text;
  v_todo text;
  v_found jsonb := '[]'::jsonb;
begin
  foreach v_check in array c_checks loop
    begin
      execute pg_catalog.format('select c.state, c.said, c.todo from kinkster.%I() as c', 'doctor_' || v_check) into v_state, v_said, v_todo;
      v_found := v_found || pg_catalog.jsonb_build_object(
        'check', v_check, 'state', v_state, 'found', v_said, 'todo', v_todo
      );
    exception when others then
      v_found := v_found || pg_catalog.jsonb_build_object(
        'check', v_check,
        'state', 'unknown',
        -- What a missing table is called, an operator may know; other messages may quote a row.
        'found', pg_catalog.format('This could not be looked at: SQLSTATE %s%s.', sqlstate, case when sqlstate like '42%' then ', ' || sqlerrm end),
        'todo', 'See that the migrations have all run: kinkster migrations plan.'
      );
    end;
  end loop;
  return v_found;
end
$$;

comment on function kinkster.examine() is
  'What every check finds, as a list of check, state (ok, warning, problem or unknown), found (a sentence) and todo (what to do; null for nothing).';

revoke execute on function kinkster.examine() from public, anon, authenticated, service_role;
grant execute on function kinkster.examine() to service_role, kinkster_worker;
