-- Whether somebody said their safeword: as a whole word, anywhere in the message, in any case and any Unicode form.
create or replace function kinkster.has_safeword(p_message text, p_safewords text[])
  returns boolean
  language plpgsql
  immutable
  parallel safe
  security invoker
  set search_path = ''
as $$
declare
  v_words text;
  v_safeword text;
begin
  if coalesce(pg_catalog.cardinality(p_safewords), 0) = 0 then
    return false;
  end if;
  v_words := ' ' || kinkster.words(p_message) || ' ';
  foreach v_safeword in array p_safewords loop
    v_safeword := kinkster.words(v_safeword);
    if v_safeword <> '' and pg_catalog.strpos(v_words, ' ' || v_safeword || ' ') > 0 then
      return true;
    end if;
  end loop;
  return false;
end
$$;

comment on function kinkster.has_safeword(text, text[]) is
  'Whether one of the safewords stands in the message as a whole word, case and Unicode form aside.';

revoke execute on function kinkster.has_safeword(text, text[]) from public, anon, authenticated, service_role;
grant execute on function kinkster.has_safeword(text, text[]) to authenticated, service_role;
