-- Never wait long for a lock: better to fail here, with nothing changed, and be run again.
set local lock_timeout = '400ms';

-- from supabase/schemas/kinkster/utf16_length.sql
-- Notion counts as JavaScript does: what lies beyond the first plane of Unicode, an emoji for one, counts two.
create or replace function kinkster.utf16_length(p_text text)
  returns integer
  language plpgsql
  immutable
  strict
  parallel safe
  security invoker
  set search_path = ''
as $$
begin
  if pg_catalog.octet_length(p_text) = pg_catalog.char_length(p_text) then
    return pg_catalog.char_length(p_text);  -- ASCII
  end if;
  return pg_catalog.char_length(p_text)
    + pg_catalog.char_length(pg_catalog.regexp_replace(p_text, '[\u0001-\uffff]+', '', 'g'));
end
$$;

comment on function kinkster.utf16_length(text) is
  'Length of a text in UTF-16 code units.';

revoke execute on function kinkster.utf16_length(text) from public, anon, authenticated, service_role;
grant execute on function kinkster.utf16_length(text) to authenticated, service_role;

-- from supabase/schemas/kinkster/notion_text.sql
-- Text of a row as Notion shows it: one kind of line end, no other control characters but tabs, nothing blank around it.
create or replace function kinkster.notion_text(p_text text)
  returns text
  language plpgsql
  immutable
  strict
  parallel safe
  security invoker
  set search_path = ''
as $$
begin
  if p_text !~ '[\u0001-\u0008\u000b-\u001f\u007f-\u009f]' then
    return nullif(pg_catalog.btrim(p_text, kinkster.blanks()), '');  -- most have nothing to replace
  end if;
  return kinkster.trimmed(pg_catalog.regexp_replace(
    pg_catalog.regexp_replace(p_text, '\r\n|[\u000b-\u000d\u0085]', e'\n', 'g'),
    '[\u0001-\u0008\u000e-\u001f\u007f-\u009f]+', '', 'g'
  ));
end
$$;

comment on function kinkster.notion_text(text) is
  'A text trimmed, with its line ends as line feeds and without other control characters but tabs; null when nothing is left.';

revoke execute on function kinkster.notion_text(text) from public, anon, authenticated, service_role;
grant execute on function kinkster.notion_text(text) to authenticated, service_role;

-- from supabase/schemas/kinkster/notion_options.sql
-- The items of a list, each once, in the list's order. Two spellings stay two: Notion would show both.
create or replace function kinkster.notion_options(p_items text[])
  returns jsonb
  language plpgsql
  immutable
  parallel safe
  security invoker
  set search_path = ''
as $$
declare
  c_few constant integer := 50;  -- up to here a loop is quicker than a query; beyond, it would take their square
  v_item text;
  v_items text[] := array[]::text[];
begin
  if coalesce(pg_catalog.cardinality(p_items), 0) <= c_few then
    foreach v_item in array coalesce(p_items, v_items) loop
      v_item := kinkster.notion_text(v_item);
      if v_item is not null and v_item <> all(v_items) then
        v_items := v_items || v_item;
      end if;
    end loop;
    return pg_catalog.to_jsonb(v_items);
  end if;
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

-- from supabase/schemas/kinkster/notion_pieces.sql
-- A text in pieces that Notion takes, which put together are the text: at most 2,000 UTF-16 code units each, so 1,000
-- characters at least. A piece ends with a space if there is one near; else no sign is torn from what belongs to it.
create or replace function kinkster.notion_pieces(p_text text)
  returns text[]
  language plpgsql
  immutable
  parallel safe
  security invoker
  set search_path = ''
as $$
declare
  -- Accents, vowel signs, joiners, variation selectors, skin tones: what stands over or changes the character before it.
  c_clings constant text := '[\u0300-\u036f\u0483-\u0489\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed'
    '\u0900-\u0903\u093a-\u094f\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u1160-\u11ff\u1ab0-\u1aff\u1dc0-\u1dff\u200d\u20d0-\u20ff'
    '\u302a-\u302f\u3099\u309a\ufe00-\ufe0f\ufe20-\ufe2f\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f\U000e0100-\U000e01ef]';
  c_half_flag constant text := '[\U0001f1e6-\U0001f1ff]';  -- two of these are one flag
  v_rest text := p_text;
  v_head text;
  v_size integer;
  v_cut integer;
  v_pieces text[] := array[]::text[];
begin
  if v_rest <> '' and pg_catalog.char_length(v_rest) <= 1000 then
    return array[v_rest];
  end if;
  while v_rest <> '' loop
    v_head := pg_catalog.left(v_rest, 2000);
    v_size := 1000;
    if pg_catalog.char_length(v_rest) > v_size then
      v_size := greatest(v_size, 2000 + pg_catalog.char_length(v_head) - kinkster.utf16_length(v_head));
    end if;
    v_cut := v_size;
    if pg_catalog.char_length(v_rest) > v_size and pg_catalog.substr(v_rest, v_size + 1, 1) !~ '\s' then
      v_cut := v_size
        - pg_catalog.char_length(pg_catalog.substring(pg_catalog.right(pg_catalog.left(v_head, v_size), 200), '\s(\S*)$'));
      if v_cut is null then
        v_cut := v_size;
        while pg_catalog.substr(v_rest, v_cut + 1, 1) ~ c_clings or pg_catalog.substr(v_rest, v_cut, 1) = e'\u200d' loop
          v_cut := v_cut - 1;
          if v_cut < v_size - 100 then
            v_cut := v_size;
            exit;
          end if;
        end loop;
        if pg_catalog.substr(v_rest, v_cut + 1, 1) ~ c_half_flag then
          v_cut := v_cut
            - coalesce(pg_catalog.char_length(pg_catalog.substring(pg_catalog.left(v_head, v_cut), c_half_flag || '+$')), 0) % 2;
        end if;
      end if;
    end if;
    v_pieces := v_pieces || pg_catalog.left(v_rest, v_cut);
    v_rest := pg_catalog.substr(v_rest, v_cut + 1);
  end loop;
  return v_pieces;
end
$$;

comment on function kinkster.notion_pieces(text) is
  'A text cut into pieces of at most 2,000 UTF-16 code units, where possible after a space; empty for null.';

revoke execute on function kinkster.notion_pieces(text) from public, anon, authenticated, service_role;
grant execute on function kinkster.notion_pieces(text) to authenticated, service_role;
