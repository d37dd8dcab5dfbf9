-- Unicode has spaces and fillers that a C locale does not know. Immutable and without arguments, so the planner puts the
-- characters in its place: naming them costs no call.
create or replace function kinkster.blanks()
  returns text
  language plpgsql
  immutable
  parallel safe
  security invoker
  set search_path = ''
as $$
begin
  return
    e' \t\n\x0b\f\r\u0085\u00a0\u00ad\u115f\u1160\u1680\u180e\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008'
    '\u2009\u200a\u200b\u200c\u200d\u200e\u200f\u2028\u2029\u202f\u205f\u2060\u2800\u3000\u3164\ufeff\uffa0';
end
$$;

comment on function kinkster.blanks() is
  'White space and invisible characters, all in one text: what says nothing.';

revoke execute on function kinkster.blanks() from public, anon, authenticated, service_role;
grant execute on function kinkster.blanks() to authenticated, service_role;
