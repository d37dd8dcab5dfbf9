-- The application that was here before kept tokens as they are, in a column that not every database has. The name comes out of
-- the catalog, so that those who check functions don't look for a column that isn't there.
create or replace function kinkster.plain_token_column()
  returns text
  language sql
  stable
  security invoker
  set search_path = ''
as $$
  select a.attname
  from pg_catalog.pg_attribute as a
  where a.attrelid = 'public.profiles'::regclass and a.attname = 'notion_access_token' and not a.attisdropped
$$;

comment on function kinkster.plain_token_column() is 'notion_access_token where profiles have that column, else null.';

revoke execute on function kinkster.plain_token_column() from public, anon, authenticated, service_role;
