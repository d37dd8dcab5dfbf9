begin;
\ir ../setup.psql
select plan(4);

update public.profiles set notion_kinksters_database_id = '0A1B2C3D4E5F67898ABCDEF012345678' where id = :'ada';
select pg_temp.new_kinkster(:'ada', '{
  "id": "a0000000-0000-4000-8000-00000000000a", "name": "Mira", "display_name": "Mira Vale", "role": "dominant",
  "pronouns": "She/Her", "archetype": "The Conductor", "specialty": "Plans", "bio": "Runs a small theatre.",
  "backstory": "Born on a ferry.", "dominance": 1, "submission": 2, "charisma": 3, "stamina": 4, "creativity": 5, "control": 6,
  "appearance_description": "Tall.", "physical_attributes": {"scars": "two"}, "body_type": "slim", "height": "180 cm",
  "build": "light", "hair_color": "silver", "hair_style": "short", "eye_color": "grey", "skin_tone": "fair",
  "facial_hair": "none", "age_range": "40s", "aesthetic": "classic", "clothing_style": ["waistcoats"],
  "favorite_colors": ["red", "black"], "fetish_wear": ["gloves"], "kink_interests": ["praise"], "top_kinks": ["clear rules"],
  "hard_limits": ["spiders", "heights"], "soft_limits": ["loud noises"], "experience_level": "advanced",
  "personality_traits": ["calm"], "role_preferences": ["leading"], "avatar_url": "https://example.com/mira.png",
  "is_public": true, "is_active": true, "is_primary": true, "created_at": "2026-01-02T03:04:05.678+02"
}') as kinkster \gset
select pg_temp.as_user(:'ada', 'select prepare_kinkster_for_notion(%L)', :'kinkster') as page \gset

create function pg_temp.text_of(p_said jsonb) returns text language sql as $$
  select string_agg(e.value #>> '{text,content}', '' order by e.n) from jsonb_array_elements(p_said) with ordinality as e (value, n)
$$;
create function pg_temp.options_of(p_said jsonb) returns text language sql as $$
  select string_agg(e.value ->> 'name', ' | ' order by e.n) from jsonb_array_elements(p_said) with ordinality as e (value, n)
$$;

select is(
  (
    select jsonb_object_agg(property.key, case kind.key
      when 'title' then to_jsonb(pg_temp.text_of(kind.value))
      when 'rich_text' then to_jsonb(pg_temp.text_of(kind.value))
      when 'multi_select' then to_jsonb(pg_temp.options_of(kind.value))
      when 'select' then kind.value -> 'name'
      when 'date' then kind.value -> 'start'
      when 'files' then kind.value #> '{0,external,url}'
      else kind.value
    end)
    from jsonb_each(:'page'::jsonb -> 'properties') as property
    cross join lateral jsonb_each(property.value) as kind
  ),
  '{
    "Name": "Mira", "Supabase ID": "a0000000-0000-4000-8000-00000000000a", "Display Name": "Mira Vale", "Role": "dominant",
    "Pronouns": "She/Her", "Archetype": "The Conductor", "Specialty": "Plans", "Bio": "Runs a small theatre.",
    "Backstory": "Born on a ferry.", "Dominance": 1, "Submission": 2, "Charisma": 3, "Stamina": 4, "Creativity": 5, "Control": 6,
    "Appearance Description": "Tall.", "Physical Attributes": "scars: two", "Body Type": "slim", "Height": "180 cm",
    "Build": "light", "Hair Color": "silver", "Hair Style": "short", "Eye Color": "grey", "Skin Tone": "fair",
    "Facial Hair": "none", "Age Range": "40s", "Aesthetic": "classic", "Clothing Style": "waistcoats",
    "Favorite Colors": "red | black", "Fetish Wear": "gloves", "Kink Interests": "praise", "Top Kinks": "clear rules",
    "Hard Limits": "spiders | heights", "Soft Limits": "loud noises", "Experience Level": "advanced",
    "Personality Traits": "calm", "Role Preferences": "leading", "Avatar": "https://example.com/mira.png",
    "Public": true, "Active": true, "Primary": true, "Created": "2026-01-02T01:04:05Z"
  }',
  'in the properties'
);
select is(
  (
    select array_agg(block.value ->> 'type' || ': ' || pg_temp.text_of(block.value #> array[block.value ->> 'type', 'rich_text']) order by block.n)
    from jsonb_array_elements(:'page'::jsonb -> 'children') with ordinality as block (value, n)
  ),
  array['heading_2: Bio', 'paragraph: Runs a small theatre.', 'heading_2: Backstory', 'paragraph: Born on a ferry.'],
  'bio and backstory are the page''s content too'
);
select is(
  :'page'::jsonb #> '{children,1}',
  '{
    "object": "block", "type": "paragraph",
    "paragraph": {"rich_text": [{"type": "text", "text": {"content": "Runs a small theatre."}}]}
  }',
  'in blocks as Notion has them'
);
select is(
  :'page'::jsonb #> '{parent}', '{"type": "database_id", "database_id": "0a1b2c3d-4e5f-6789-8abc-def012345678"}',
  'a database''s id is sent in one form'
);

select * from finish();
rollback;
