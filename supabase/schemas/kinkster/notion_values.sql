-- What Notion shows of a character, in the order of kinkster.notion_types. Whatever is not here, Notion does not show, and a
-- change of it is none for Notion. Long texts come after short ones, so that they crowd out nothing that is short.
create or replace function kinkster.notion_values(p_kinkster public.kinksters)
  returns text[]
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  k alias for p_kinkster;
  v_values text[] := array[
    k.name, k.id::text, k.display_name, k.role, k.pronouns, k.experience_level, k.archetype, k.specialty,
    -- A picture that is kept in the row itself has no address.
    case
      when k.avatar_url ~* '^\s*data:' and pg_catalog.char_length(k.avatar_url) > 200 then
        pg_catalog.format('%s… (a picture of %s characters)', pg_catalog.left(k.avatar_url, 100), pg_catalog.char_length(k.avatar_url))
      else k.avatar_url
    end,
    null, null, null, null, null, null, null, null, null,  -- lists
    k.body_type, k.height, k.build, k.hair_color, k.hair_style, k.eye_color, k.skin_tone, k.facial_hair, k.age_range, k.aesthetic,
    kinkster.notion_lines(k.physical_attributes),
    k.appearance_description, k.bio, k.backstory
  ];
  v_items text[];
  v_item text;
  v_told text[];
begin
  for v_n in 1 .. pg_catalog.cardinality(v_values) loop
    if v_values[v_n] ~ kinkster.notion_flaws() then
      v_values[v_n] := kinkster.notion_text(v_values[v_n]);
    end if;
  end loop;
  v_values[1] := coalesce(v_values[1], v_values[3]);
  for v_n in 10 .. 18 loop
    v_items := case v_n
      when 10 then k.hard_limits
      when 11 then k.soft_limits
      when 12 then k.top_kinks
      when 13 then k.kink_interests
      when 14 then k.personality_traits
      when 15 then k.role_preferences
      when 16 then k.clothing_style
      when 17 then k.fetish_wear
      when 18 then k.favorite_colors
    end;
    continue when v_items is null;
    if pg_catalog.cardinality(v_items) <= 50 then  -- beyond, comparing each with those before it takes their square
      v_told := array[]::text[];
      foreach v_item in array v_items loop
        if v_item ~ kinkster.notion_flaws() then
          v_item := kinkster.notion_text(v_item);
        end if;
        if v_item is not null and v_item <> all (v_told) then
          v_told := v_told || v_item;
        end if;
      end loop;
    else
      v_told := array(
        select told.item
        from (
          select kinkster.notion_text(given.item) as item, min(given.place) as place
          from pg_catalog.unnest(v_items) with ordinality as given (item, place)
          group by 1
        ) as told
        where told.item is not null
        order by told.place
      );
    end if;
    v_values[v_n] := nullif(pg_catalog.array_to_string(v_told, e'\x7f'), '');
  end loop;
  return v_values || pg_catalog.string_to_array(
    pg_catalog.btrim(pg_catalog.json_build_array(
      k.dominance, k.submission, k.charisma, k.stamina, k.creativity, k.control,
      k.is_active is true, k.is_public is true, k.is_primary is true,
      -- In one form, whatever the session's time zone; a date that no calendar has is none.
      case when k.created_at >= '0001-01-01Z' and k.created_at < '9999-12-31Z' then
        pg_catalog.json_build_object(
          'start', pg_catalog.to_char(k.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
        )
      end
    )::text, '[]'), ', '
  );
end
$$;

comment on function kinkster.notion_values(public.kinksters) is
  'What each property of kinkster.notion_types says of a character: a text; a list''s items with U+007F between them; JSON for a number, a truth value or a date; null for nothing.';

revoke execute on function kinkster.notion_values(public.kinksters) from public, anon, authenticated, service_role;
grant execute on function kinkster.notion_values(public.kinksters) to authenticated, service_role;
