-- What Notion shows of a character: its properties, the type of each and what it says. Whatever is not here, Notion does
-- not show, and a change of it is none for Notion. Long texts come last, so that they crowd out nothing that is short.
create or replace function kinkster.notion_fields(p_kinkster public.kinksters)
  returns table (place integer, property text, kind text, value jsonb)
  rows 45
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  k alias for p_kinkster;
begin
  return query
  select field.place, field.property, field.kind, pg_catalog.to_jsonb(kinkster.notion_text(field.said))
  from (
    values
    (1, 'Name', 'title', coalesce(kinkster.notion_text(k.name), k.display_name)),
    (2, 'Supabase ID', 'rich_text', k.id::text),
    (3, 'Display Name', 'rich_text', k.display_name),
    (4, 'Role', 'select', k.role),
    (5, 'Pronouns', 'select', k.pronouns),
    (6, 'Experience Level', 'select', k.experience_level),
    (7, 'Archetype', 'rich_text', k.archetype),
    (8, 'Specialty', 'rich_text', k.specialty),
    -- A picture that is kept in the row itself has no address.
    (
      9, 'Avatar', 'files',
      case
        when k.avatar_url ~* '^\s*data:' and pg_catalog.char_length(k.avatar_url) > 200 then
          pg_catalog.format('%s… (a picture of %s characters)', pg_catalog.left(k.avatar_url, 100), pg_catalog.char_length(k.avatar_url))
        else k.avatar_url
      end
    ),
    (30, 'Body Type', 'rich_text', k.body_type),
    (31, 'Height', 'rich_text', k.height),
    (32, 'Build', 'rich_text', k.build),
    (33, 'Hair Color', 'rich_text', k.hair_color),
    (34, 'Hair Style', 'rich_text', k.hair_style),
    (35, 'Eye Color', 'rich_text', k.eye_color),
    (36, 'Skin Tone', 'rich_text', k.skin_tone),
    (37, 'Facial Hair', 'rich_text', k.facial_hair),
    (38, 'Age Range', 'rich_text', k.age_range),
    (39, 'Aesthetic', 'rich_text', k.aesthetic),
    (40, 'Physical Attributes', 'rich_text', kinkster.notion_attributes(k.physical_attributes)),
    (41, 'Appearance Description', 'rich_text', k.appearance_description),
    (42, 'Bio', 'rich_text', k.bio),
    (43, 'Backstory', 'rich_text', k.backstory)
  ) as field (place, property, kind, said)
  union all
  select field.place, field.property, 'multi_select', kinkster.notion_options(field.items)
  from (
    values
    (11, 'Hard Limits', k.hard_limits),
    (12, 'Soft Limits', k.soft_limits),
    (13, 'Top Kinks', k.top_kinks),
    (14, 'Kink Interests', k.kink_interests),
    (15, 'Personality Traits', k.personality_traits),
    (16, 'Role Preferences', k.role_preferences),
    (17, 'Clothing Style', k.clothing_style),
    (18, 'Fetish Wear', k.fetish_wear),
    (19, 'Favorite Colors', k.favorite_colors)
  ) as field (place, property, items)
  union all
  select field.place, field.property, field.kind, field.value
  from (
    values
    (21, 'Dominance', 'number', pg_catalog.to_jsonb(k.dominance)),
    (22, 'Submission', 'number', pg_catalog.to_jsonb(k.submission)),
    (23, 'Charisma', 'number', pg_catalog.to_jsonb(k.charisma)),
    (24, 'Stamina', 'number', pg_catalog.to_jsonb(k.stamina)),
    (25, 'Creativity', 'number', pg_catalog.to_jsonb(k.creativity)),
    (26, 'Control', 'number', pg_catalog.to_jsonb(k.control)),
    (51, 'Active', 'checkbox', pg_catalog.to_jsonb(k.is_active is true)),
    (52, 'Public', 'checkbox', pg_catalog.to_jsonb(k.is_public is true)),
    (53, 'Primary', 'checkbox', pg_catalog.to_jsonb(k.is_primary is true)),
    -- In one form, whatever the session's time zone; a date that no calendar has is none.
    (
      54, 'Created', 'date',
      case when k.created_at >= '0001-01-01Z' and k.created_at < '9999-12-31Z' then
        pg_catalog.jsonb_build_object(
          'start', pg_catalog.to_char(k.created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
        )
      end
    )
  ) as field (place, property, kind, value);
end
$$;

comment on function kinkster.notion_fields(public.kinksters) is
  'The properties of a character''s page in Notion, in order: name, type, and what it says as JSON (a text, a list of texts, or the value itself); null for nothing.';

revoke execute on function kinkster.notion_fields(public.kinksters) from public, anon, authenticated, service_role;
grant execute on function kinkster.notion_fields(public.kinksters) to authenticated, service_role;
