-- An age can be stated in two places; none of them may say, or leave open, that a character is not an adult.
create or replace function kinkster.states_adult_age(p_age_range text, p_attributes jsonb)
  returns boolean
  language plpgsql
  immutable
  parallel safe
  security invoker
  set search_path = ''
as $$
begin
  if not kinkster.is_blank(p_age_range) and not kinkster.is_adult_age(p_age_range) then
    return false;
  end if;
  -- Most attributes name no age, which is seen without a look at each.
  if pg_catalog.jsonb_typeof(p_attributes) is distinct from 'object' or p_attributes::text !~* 'age|years' then
    return true;
  end if;
  return not exists (
    select 1
    from pg_catalog.jsonb_each_text(p_attributes) as attribute
    where pg_catalog.lower(kinkster.trimmed(attribute.key)) ~ '^(apparent[ _-]?)?(age|ages|years|age[ _-]?range)$'
      and not kinkster.is_blank(attribute.value)
      and not kinkster.is_adult_age(attribute.value)
  );
end
$$;

comment on function kinkster.states_adult_age(text, jsonb) is
  'True unless a character''s age_range, or an attribute that names an age, is not plainly 18 or over. No age stated is true.';

revoke execute on function kinkster.states_adult_age(text, jsonb) from public, anon, authenticated, service_role;
grant execute on function kinkster.states_adult_age(text, jsonb) to authenticated, service_role;
