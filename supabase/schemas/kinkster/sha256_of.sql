-- A text's fingerprint, as turns keep it of the prompt and the limits that they went out with.
create or replace function kinkster.sha256_of(p_text text)
  returns text
  language plpgsql
  immutable
  strict
  parallel safe
  security invoker
  set search_path = ''
as $$
begin
  return pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(p_text, 'UTF8')), 'hex');
end
$$;

comment on function kinkster.sha256_of(text) is 'SHA-256 of a text in UTF-8, in hexadecimal digits.';

revoke execute on function kinkster.sha256_of(text) from public, anon, authenticated, service_role;
