-- The application that was here before kept tokens as they are, in a column that not every database has.
create or replace function kinkster.has_plain_tokens()
  returns boolean
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
begin
  return exists (
    select
    from pg_catalog.pg_attribute as a
    where a.attrelid = 'public.profiles'::regclass and a.attname = 'notion_access_token' and not a.attisdropped
  );
end
$$;

comment on function kinkster.has_plain_tokens() is 'Whether profiles have a column notion_access_token.';

revoke execute on function kinkster.has_plain_tokens() from public, anon, authenticated, service_role;
