-- The items of a list, each once, in the list's order. Two spellings stay two: Notion would show both.
create or replace function kinkster.notion_options(p_items text[])
  returns jsonb
  language plpgsql
  immutable
  parallel safe
  security invoker
  set search_path = ''
as $$
begin
  return coalesce(
    (
      select pg_catalog.jsonb_agg(told.item order by told.place)
      from (
        select kinkster.notion_text(given.item) as item, min(given.place) as place
        from pg_catalog.unnest(p_items) with ordinality as given (item, place)
        group by 1
      ) as told
      where told.item is not null
    ),
    '[]'
  );
end
$$;

comment on function kinkster.notion_options(text[]) is
  'The items of a list as a JSON array of texts as Notion shows them, without blanks and doubles.';

revoke execute on function kinkster.notion_options(text[]) from public, anon, authenticated, service_role;
grant execute on function kinkster.notion_options(text[]) to authenticated, service_role;
