-- What a row says of a character, a line each. Twenty texts in one call, since entering a function costs more than quoting.
create or replace function kinkster.quoted_lines(p_names_and_texts text[])
  returns text
  language plpgsql
  immutable
  strict
  parallel safe
  security invoker
  set search_path = ''
as $$
declare
  v_lines text;
begin
  for v_n in 1 .. pg_catalog.cardinality(p_names_and_texts) by 2 loop
    v_lines := nullif(pg_catalog.concat_ws(
      e'\n',
      v_lines,
      '- ' || p_names_and_texts[v_n] || ': '
        || pg_catalog.to_json(nullif(pg_catalog.btrim(p_names_and_texts[v_n + 1], kinkster.blanks()), ''))::text
    ), '');
  end loop;
  if pg_catalog.octet_length(v_lines) = pg_catalog.char_length(v_lines) then
    return v_lines;  -- ASCII has no other line ends
  end if;
  return kinkster.in_one_line(v_lines);
end
$$;

comment on function kinkster.quoted_lines(text[]) is
  'Names and texts in turn as lines "- name: text", each text as a JSON string, trimmed; null when all are blank.';

revoke execute on function kinkster.quoted_lines(text[]) from public, anon, authenticated, service_role;
grant execute on function kinkster.quoted_lines(text[]) to authenticated, service_role;
