-- A character as a page of Notion, within Notion's limits: 2,000 UTF-16 code units a text, 100 texts or options a property,
-- options of at most 100 code units without a comma, 500 KB a request. What a property cannot say is said in the content,
-- under a heading with its name. A request stays under 500 KB since texts in properties have at most 240 KB, and 40
-- blocks of content at most 250 KB.
create or replace function kinkster.notion_page(p_kinkster public.kinksters)
  returns jsonb
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
begin
  return (
    with field as (
      select f.place, f.property, f.kind, f.value, f.property in ('Bio', 'Backstory') as is_content
      from kinkster.notion_fields(p_kinkster) as f
    ),

    -- Each piece of text, option and address, and whether Notion takes it in a property of this type.
    part as (
      select f.place, piece.n, piece.said, true as is_able
      from field as f
      cross join lateral unnest(kinkster.notion_pieces(f.value #>> '{}')) with ordinality as piece (said, n)
      where f.kind in ('title', 'rich_text')
      union all
      select f.place, option.n, option.said,
        option.said !~ '[\u0001-\u001f\u2028\u2029,]' and kinkster.utf16_length(option.said) <= 100
      from field as f
      cross join lateral jsonb_array_elements_text(
        case f.kind when 'multi_select' then f.value when 'select' then jsonb_build_array(f.value) end
      ) with ordinality as option (said, n)
      where option.said is not null
      union all
      select f.place, 1, f.value #>> '{}', f.value #>> '{}' ~ '^https?://[!-~]+$' and char_length(f.value #>> '{}') <= 2000
      from field as f
      where f.kind = 'files' and f.value is not null
    ),

    ranked as (
      select p.*, p.is_able and row_number() over (partition by p.place, p.is_able order by p.n) <= 100 as has_room
      from part as p
    ),

    placed as (
      select
        r.*,
        r.has_room and sum(octet_length(to_json(r.said)::text) + 50) filter (where r.has_room) over (order by r.place, r.n) <= 240000
          as in_property
      from ranked as r
    ),

    property as (
      select
        f.property,
        jsonb_build_object(f.kind, case f.kind
          when 'multi_select' then coalesce(p.options, '[]')
          when 'select' then p.options -> 0
          when 'files' then coalesce(p.files, '[]')
          when 'title' then coalesce(p.texts, '[]')
          when 'rich_text' then coalesce(p.texts, '[]')
          else f.value
        end) as value
      from field as f
      left join lateral (
        select
          jsonb_agg(kinkster.notion_rich_text(p.said) order by p.n) as texts,
          jsonb_agg(jsonb_build_object('name', p.said) order by p.n) as options,
          jsonb_agg(
            jsonb_build_object('name', f.property, 'type', 'external', 'external', jsonb_build_object('url', p.said))
          ) as files
        from placed as p
        where p.place = f.place and p.in_property
      ) as p on true
    ),

    content as (
      select
        f.is_content,
        f.place,
        f.property,
        case when f.kind in ('select', 'multi_select')
          then string_agg('• ' || p.said, e'\n' order by p.n)
          else string_agg(p.said, '' order by p.n)
        end as said
      from field as f
      join placed as p on p.place = f.place
      where f.is_content or not p.in_property
      group by f.is_content, f.place, f.property, f.kind
    ),

    block as (
      select
        b.block,
        row_number() over (order by not c.is_content, c.place, b.n) as n
      from content as c
      cross join lateral (
        select kinkster.notion_block('heading_2', c.property) as block, 0 as n
        union all
        select kinkster.notion_block('paragraph', piece.said), piece.n
        from unnest(kinkster.notion_pieces(c.said)) with ordinality as piece (said, n)
      ) as b
    ),

    request as (
      select jsonb_agg(b.block order by b.n) as blocks, (b.n - 1) / 40 as n
      from block as b
      group by (b.n - 1) / 40
    )

    select jsonb_build_object(
      'properties', (select jsonb_object_agg(p.property, p.value) from property as p),
      'children', coalesce((select r.blocks from request as r where r.n = 0), '[]'),
      'more_children', coalesce((select jsonb_agg(r.blocks order by r.n) from request as r where r.n > 0), '[]')
    )
  );
end
$$;

comment on function kinkster.notion_page(public.kinksters) is
  'A character as Notion takes it: properties; children, the page''s first 40 blocks at most; more_children, lists of 40 at most to append after those. The same row gives the same bytes.';

revoke execute on function kinkster.notion_page(public.kinksters) from public, anon, authenticated, service_role;
grant execute on function kinkster.notion_page(public.kinksters) to authenticated, service_role;
