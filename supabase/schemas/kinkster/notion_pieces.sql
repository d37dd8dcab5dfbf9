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
