begin;
\ir ../setup.psql
select plan(4);

select pg_temp.new_kinkster(:'ada', '{
  "name": "m-name", "role": "dominant", "pronouns": "m-pronouns", "archetype": "m-archetype", "specialty": "m-specialty",
  "appearance_description": "m-description", "age_range": "30s", "body_type": "m-body", "build": "m-build",
  "height": "m-height", "hair_color": "m-haircolour", "hair_style": "m-hairstyle", "eye_color": "m-eyes",
  "skin_tone": "m-skin", "facial_hair": "m-beard", "physical_attributes": {"freckles": "m-freckles"},
  "aesthetic": "m-aesthetic", "clothing_style": ["m-clothes"], "fetish_wear": ["m-wear"], "favorite_colors": ["m-colour"],
  "personality_traits": ["m-trait"], "bio": "m-bio", "backstory": "m-backstory", "top_kinks": ["m-top"],
  "kink_interests": ["m-interest"], "role_preferences": ["m-preference"], "hard_limits": ["m-hard"],
  "soft_limits": ["m-soft"], "experience_level": "m-experience"
}') as kinkster \gset
select pg_temp.as_user(:'ada', 'select build_kinkster_openai_instructions(%L)', :'kinkster') as prompt \gset

select is(
  array(select m[1] from regexp_matches(:'prompt', '"(?:freckles: )?(m-[a-z]+)"', 'g') as m),
  string_to_array(
    'm-hard m-name m-pronouns m-archetype m-specialty m-description m-body m-build m-height m-haircolour m-hairstyle '
    'm-eyes m-skin m-beard m-freckles m-aesthetic m-clothes m-wear m-colour m-trait m-bio m-backstory m-top m-interest '
    'm-preference m-soft m-experience m-hard', ' '
  ),
  'each column that describes a character is said, in the fixed order'
);
select is(
  array(select line from regexp_split_to_table(:'prompt', e'\n') as line where line ~ '^# '),
  array[
    '# Rules of the platform', '# Hard limits', '# Identity', '# Appearance', '# Personality', '# Background',
    '# Interests', '# Soft limits', '# How to play the role', '# Experience', '# Hard limits'
  ],
  'the sections have a fixed order'
);
select alike(:'prompt'::text, '%- Role: "dominant"%- Lead with calm confidence%', 'the role is named and guided');
select alike(:'prompt'::text, '%- Age: "30s"%', 'the age is said');

select * from finish();
rollback;
