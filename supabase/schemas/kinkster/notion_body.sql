-- A character as a page of Notion, within Notion's limits: 2,000 UTF-16 code units a text, 100 texts or options a property,
-- options of at most 100 code units without a comma, 500 KB a request. What a property cannot say is said in the content,
-- under a heading with its name. A request stays under 500 KB since texts in properties have at most 240 KB, and 40
-- blocks of content at most 250 KB. JSON is written as text, to be read once, when it is whole.
create or replace function kinkster.notion_body(
  p_kinkster public.kinksters,
  out properties text,
  out children text,
  out more_children text
)
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  c_between constant text := e'\x7f';  -- between items and pieces: no text has control characters, and JSON does not escape this one
  c_never_in_options constant text := '[\u0001-\u001f\u2028\u2029,]';
  c_types constant text[] := kinkster.notion_types();
  v_values text[] := kinkster.notion_values(p_kinkster);
  c_bio constant integer := 31;  -- its place among the values; Backstory follows
  v_contents text[] := array['Bio', v_values[c_bio], 'Backstory', v_values[c_bio + 1]];  -- headings with their texts: these first
  v_kind text;
  v_said text;
  v_quoted text;
  v_size integer;
  v_bytes integer := 0;
  v_part text;
  v_count integer;
  v_able text[];
  v_left text[];
  v_blocks text[];
  v_requests text[];
begin
  for v_n in 1 .. pg_catalog.cardinality(v_values) loop
    v_said := v_values[v_n];
    v_kind := c_types[2 * v_n];
    exit when v_kind = 'number';  -- from here on all are JSON as they are
    continue when v_said is null and v_kind <> 'select';
    v_quoted := pg_catalog.to_json(v_said)::text;
    -- 50 for each part, and its own JSON: all but the first come with a separator here, and there with quotation marks.
    v_size := pg_catalog.octet_length(v_quoted) + 50
      + 51 * (pg_catalog.octet_length(v_said) - pg_catalog.octet_length(pg_catalog.replace(v_said, c_between, '')));
    -- What surely fits needs no look at its parts: no text has more code units than bytes.
    if v_said is null or v_bytes + v_size <= 240000 and (case
      when v_kind in ('title', 'rich_text') then pg_catalog.octet_length(v_said) <= 2000
      when v_kind in ('select', 'multi_select') then pg_catalog.octet_length(v_said) <= 100 and v_said !~ c_never_in_options
    end) then
      v_bytes := v_bytes + coalesce(v_size, 0);
    else
      v_count := 0;
      v_able := array[]::text[];
      v_left := array[]::text[];
      foreach v_part in array case
        when v_kind in ('title', 'rich_text') then kinkster.notion_pieces(v_said)
        when v_kind = 'multi_select' then pg_catalog.string_to_array(v_said, c_between)
        else array[v_said]
      end loop
        if v_count < 100 and (case
          when v_kind in ('title', 'rich_text') then true
          when v_kind = 'files' then v_part ~ '^https?://[!-~]+$' and pg_catalog.char_length(v_part) <= 2000
          else v_part !~ c_never_in_options and kinkster.utf16_length(v_part) <= 100
        end) then
          v_count := v_count + 1;
          v_bytes := v_bytes + pg_catalog.octet_length(pg_catalog.to_json(v_part)::text) + 50;
          if v_bytes <= 240000 then
            v_able := v_able || v_part;
            continue;
          end if;
        end if;
        v_left := v_left || v_part;
      end loop;
      v_quoted := pg_catalog.to_json(nullif(pg_catalog.array_to_string(v_able, c_between), ''))::text;
      if v_left <> '{}' and v_n < c_bio then  -- Bio and Backstory are there already
        v_contents := v_contents || array[c_types[2 * v_n - 1], case
          when v_kind in ('select', 'multi_select') then '• ' || pg_catalog.array_to_string(v_left, e'\n• ')
          else pg_catalog.array_to_string(v_left, '')
        end];
      end if;
    end if;
    v_values[v_n] := case v_kind
      when 'select' then coalesce('{"name": ' || v_quoted || '}', 'null')
      when 'multi_select' then '{"name": ' || pg_catalog.replace(v_quoted, c_between, '"}, {"name": "') || '}'
      when 'files' then '{"name": "Avatar", "type": "external", "external": {"url": ' || v_quoted || '}}'
      else
        '{"type": "text", "text": {"content": '
        || pg_catalog.replace(v_quoted, c_between, '"}}, {"type": "text", "text": {"content": "') || '}}'
    end;
  end loop;
  properties := pg_catalog.format(kinkster.notion_form(), variadic v_values);

  for v_n in 1 .. pg_catalog.cardinality(v_contents) by 2 loop
    v_said := v_contents[v_n + 1];
    v_blocks := v_blocks || pg_catalog.string_to_array(
      '{"object": "block", "type": "heading_2", "heading_2": {"rich_text": [{"type": "text", "text": {"content": "'
      || v_contents[v_n] || '"}}]}}'
      || c_between
      || '{"object": "block", "type": "paragraph", "paragraph": {"rich_text": [{"type": "text", "text": {"content": '
      || pg_catalog.replace(
        pg_catalog.to_json(case
          when pg_catalog.octet_length(v_said) > 2000 then pg_catalog.array_to_string(kinkster.notion_pieces(v_said), c_between)
          else v_said
        end)::text,
        c_between,
        '"}}]}}'
        || c_between
        || '{"object": "block", "type": "paragraph", "paragraph": {"rich_text": [{"type": "text", "text": {"content": "'
      ) || '}}]}}',
      c_between
    );
  end loop;
  children := '[' || coalesce(pg_catalog.array_to_string(v_blocks[: 40], ', '), '') || ']';
  for v_n in 41 .. coalesce(pg_catalog.cardinality(v_blocks), 0) by 40 loop
    v_requests := v_requests || ('[' || pg_catalog.array_to_string(v_blocks[v_n : v_n + 39], ', ') || ']');
  end loop;
  more_children := '[' || coalesce(pg_catalog.array_to_string(v_requests, ', '), '') || ']';
end
$$;

comment on function kinkster.notion_body(public.kinksters) is
  'A character as Notion takes it, in JSON: properties; children, the page''s first 40 blocks at most; more_children, lists of 40 at most to append after those. The same row gives the same bytes.';

revoke execute on function kinkster.notion_body(public.kinksters) from public, anon, authenticated, service_role;
grant execute on function kinkster.notion_body(public.kinksters) to authenticated, service_role;
