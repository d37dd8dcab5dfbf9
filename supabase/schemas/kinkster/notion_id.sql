-- Notion writes its ids with dashes and takes them without. Here they are kept in one form, so that equal ones are equal.
create or replace function kinkster.notion_id(p_id text)
  returns text
  language plpgsql
  immutable
  strict
  parallel safe
  security invoker
  set search_path = ''
as $$
declare
  v_id text := nullif(pg_catalog.btrim(p_id, kinkster.blanks()), '');
  v_digits text := pg_catalog.lower(pg_catalog.replace(v_id, '-', ''));
begin
  return case when v_digits ~ '^[0-9a-f]{32}$' then v_digits::uuid::text else v_id end;
end
$$;

comment on function kinkster.notion_id(text) is
  'An id of Notion as a lower-case UUID with dashes; other texts trimmed; null for a blank one.';

revoke execute on function kinkster.notion_id(text) from public, anon, authenticated, service_role;
grant execute on function kinkster.notion_id(text) to authenticated, service_role;
