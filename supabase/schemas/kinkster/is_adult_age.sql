-- Characters are adults. What is not plainly 18 or over is refused, so this lists what is plain instead of guessing at
-- what is not: '16 year', '16-25', 'young adult', 'about 18' and '20 months' all fail.
create or replace function kinkster.is_adult_age(p_age_range text)
  returns boolean
  language plpgsql
  immutable
  parallel safe
  security invoker
  set search_path = ''
as $$
declare
  c_age constant text := $re$(1[89]|[2-9][0-9]|[1-9][0-9]{2,6})('?s)?$re$;
  c_unit constant text := $re$( ?(years|year|yrs|y/o|yo)( ?-?old| of age)?)?$re$;
  v_age text := pg_catalog.translate(
    pg_catalog.lower(pg_catalog.normalize(p_age_range, 'nfkc')), '‐‒–—−’', '-----'''
  );
begin
  v_age := pg_catalog.btrim(pg_catalog.regexp_replace(v_age, '\s+', ' ', 'g'));
  return v_age ~ ('^((early|mid|late|over|at least)[ -])?' || c_age || '( ?(-|to|or) ?' || c_age || ')?' || c_unit
      || '( ?\+| (or|and) (over|older|above|up))?$')
    or v_age ~ '^(about|around|~) ?[2-9][0-9](''?s)?( years)?( old)?$'
    or v_age ~ '^((in )?(his|her|their) )?((early|mid|late)[ -])?(twenties|thirties|forties|fifties|sixties|seventies|eighties|nineties)$'
    or v_age ~ '^((ageless|timeless|immortal|mature|middle-aged|older|elderly|grown|fully grown) )?adult$'
    or v_age ~ '^(middle-aged|elderly)$';
end
$$;

comment on function kinkster.is_adult_age(text) is
  'True when a character''s age_range plainly says 18 or over (''25-30'', ''30s'', ''ageless adult''); false for anything else; null for null.';

revoke execute on function kinkster.is_adult_age(text) from public, anon, authenticated, service_role;
grant execute on function kinkster.is_adult_age(text) to authenticated, service_role;
