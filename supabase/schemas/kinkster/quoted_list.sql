-- Lists in rows hold blanks and doubles ('Heights', 'heights '); a prompt says each thing once, in the list's order.
create or replace function kinkster.quoted_list(p_items text[], p_separator text default ', ')
  returns text
  language plpgsql
  immutable
  strict
  parallel safe
  security invoker
  set search_path = ''
as $$
begin
  return (
    select pg_catalog.string_agg(kinkster.quoted(once.item), p_separator order by once.place)
    from (
      select distinct on (told.key) told.item, told.place
      from (
        select
          given.item,
          given.place,
          case when pg_catalog.char_length(given.item) <= 200 then
            pg_catalog.lower(pg_catalog.normalize(kinkster.trimmed(given.item), 'nfkc'))
          else
            kinkster.trimmed(given.item)  -- normalizing takes the square of a run of marks
          end as key
        from pg_catalog.unnest(p_items) with ordinality as given (item, place)
      ) as told
      where told.key is not null
      order by told.key, told.place
    ) as once
  );
end
$$;

comment on function kinkster.quoted_list(text[], text) is
  'The items of a list as JSON strings in one text, without blanks and doubles (case and Unicode form aside, in items of up to 200 characters), in order; null when none is left.';

revoke execute on function kinkster.quoted_list(text[], text) from public, anon, authenticated, service_role;
grant execute on function kinkster.quoted_list(text[], text) to authenticated, service_role;
