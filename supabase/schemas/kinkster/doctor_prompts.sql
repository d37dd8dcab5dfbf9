-- "Empty or null instructions": prompts are built here as turns have them, for as long as a moment, and looked at.
create or replace function kinkster.doctor_prompts(out state text, out said text, out todo text)
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  c_until constant timestamptz := pg_catalog.clock_timestamp() + interval '0.3 seconds';
  v_kinkster public.kinksters;
  v_looked integer := 0;
  v_failed uuid[] := '{}'::uuid[];
  v_bare uuid[] := '{}'::uuid[];
begin
  for v_kinkster in
    select k.* from public.kinksters as k order by k.id
  loop
    exit when pg_catalog.clock_timestamp() > c_until;
    v_looked := v_looked + 1;
    begin
      if kinkster.is_blank(kinkster.compose_prompt(v_kinkster, kinkster.limits_block(null, v_kinkster.hard_limits), null)) then
        v_failed := v_failed || v_kinkster.id;
      end if;
    exception when others then
      v_failed := v_failed || v_kinkster.id;
    end;
    if v_kinkster.provider = 'openai_responses' and kinkster.is_bare(v_kinkster) then
      v_bare := v_bare || v_kinkster.id;
    end if;
  end loop;
  state := case when v_failed <> '{}' then 'problem' when v_bare <> '{}' then 'warning' else 'ok' end;
  said := case
    when v_failed <> '{}' then pg_catalog.format(
      'Prompts that can''t be built: %s of %s that were tried, such as that of %s.', pg_catalog.cardinality(v_failed), v_looked, v_failed[1]
    )
    when v_bare <> '{}' then pg_catalog.format(
      'Prompts that say nothing of a character but its name: %s of %s that were tried, such as that of %s.',
      pg_catalog.cardinality(v_bare), v_looked, v_bare[1]
    )
    else pg_catalog.format('All %s prompts that were tried can be built and describe their character.', v_looked)
  end;
  if v_failed <> '{}' then
    todo := pg_catalog.format('See why: select build_kinkster_openai_instructions(''%s'');', v_failed[1]);
  elsif v_bare <> '{}' then
    todo := pg_catalog.format('Give it a bio, traits or openai_instructions: update kinksters set bio = ''…'' where id = ''%s'';', v_bare[1]);
  end if;
end
$$;

comment on function kinkster.doctor_prompts() is 'Whether prompts can be built, and say more of a character than its name.';

revoke execute on function kinkster.doctor_prompts() from public, anon, authenticated, service_role;
