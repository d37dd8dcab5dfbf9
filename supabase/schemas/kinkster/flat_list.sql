-- Lists are columns that may be null, or lists of lists: what joins several asks for plain ones.
create or replace function kinkster.flat_list(p_items text[])
  returns text[]
  language plpgsql
  immutable
  parallel safe
  security invoker
  set search_path = ''
as $$
begin
  if pg_catalog.array_ndims(p_items) > 1 then
    return array(select pg_catalog.unnest(p_items));
  end if;
  return coalesce(p_items, '{}');
end
$$;

comment on function kinkster.flat_list(text[]) is
  'The items of a list, in one dimension and in order; the empty list for null.';

revoke execute on function kinkster.flat_list(text[]) from public, anon, authenticated, service_role;
grant execute on function kinkster.flat_list(text[]) to authenticated, service_role;
