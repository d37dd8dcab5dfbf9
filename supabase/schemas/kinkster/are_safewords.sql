-- A safeword that could never be matched would be a promise not kept.
create or replace function kinkster.are_safewords(p_safewords text[])
  returns boolean
  language plpgsql
  immutable
  strict
  parallel safe
  security invoker
  set search_path = ''
as $$
begin
  return pg_catalog.cardinality(p_safewords) <= 20 and not exists (
    select from pg_catalog.unnest(p_safewords) as given (word)
    where given.word is null
      or kinkster.words(given.word) = ''
      or pg_catalog.char_length(given.word) > 100
  );
end
$$;

comment on function kinkster.are_safewords(text[]) is
  'Whether these are at most 20 safewords of 1 to 100 characters, none of them blank or null.';

revoke execute on function kinkster.are_safewords(text[]) from public, anon, authenticated, service_role;
grant execute on function kinkster.are_safewords(text[]) to authenticated, service_role;
