-- The model that is asked for the one that was chosen: itself until its end, then what the registry says, which may have
-- ended too. Replacements that go round in a circle lead nowhere: the one that was chosen is asked, and refused.
create or replace function kinkster.model_in_force(p_model text, p_at timestamptz)
  returns text
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  c_steps constant integer := 10;
  v_today date := (p_at at time zone 'UTC')::date;
  v_name text := p_model;
  v_found record;
begin
  for v_step in 1..c_steps loop
    v_found := kinkster.find_model(v_name);
    if v_found.replacement is null or v_found.shutdown_on is null or v_found.shutdown_on > v_today then
      return v_name;
    end if;
    v_name := v_found.replacement;
  end loop;
  return p_model;
end
$$;

comment on function kinkster.model_in_force(text, timestamptz) is
  'The model that is asked for a chosen one at a time: the same until its end, then its replacement, or that one''s. An ended model without a replacement stays.';

revoke execute on function kinkster.model_in_force(text, timestamptz) from public, anon, authenticated, service_role;
grant execute on function kinkster.model_in_force(text, timestamptz) to authenticated, service_role;
