-- Unicode has spaces and fillers that a C locale does not know. Text made of them alone says nothing.
create or replace function kinkster.trimmed(p_text text)
  returns text
  language plpgsql
  immutable
  strict
  parallel safe
  security invoker
  set search_path = ''
as $$
declare
  c_blank constant text :=
    e' \t\n\x0b\f\r\u0085\u00a0\u00ad\u115f\u1160\u1680\u180e\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008'
    '\u2009\u200a\u200b\u200c\u200d\u200e\u200f\u2028\u2029\u202f\u205f\u2060\u2800\u3000\u3164\ufeff\uffa0';
begin
  return nullif(pg_catalog.btrim(p_text, c_blank), '');
end
$$;

comment on function kinkster.trimmed(text) is
  'A text without white space and invisible characters around it; null when nothing is left.';

revoke execute on function kinkster.trimmed(text) from public, anon, authenticated, service_role;
grant execute on function kinkster.trimmed(text) to authenticated, service_role;
