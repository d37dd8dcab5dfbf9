begin;
\ir ../setup.psql
select plan(2);

select pg_temp.new_kinkster(:'ada', '{"name": "Mira", "role": null, "pronouns": null, "experience_level": null}') as bare \gset
select pg_temp.new_kinkster(:'ada', jsonb_build_object(
  'name', 'Mira', 'role', '', 'pronouns', ' ', 'archetype', e'\t', 'specialty', e'\u00a0', 'bio', e'\u2003\u200b', 'backstory', '',
  'appearance_description', '', 'age_range', ' ', 'physical_attributes', '{"scars": null, "marks": " "}'::jsonb,
  'clothing_style', array['', null], 'fetish_wear', array[' '], 'favorite_colors', '{}'::text[], 'personality_traits', array[e'\n'],
  'top_kinks', array[null::text], 'kink_interests', array[''], 'role_preferences', array['', ' '], 'soft_limits', array[''],
  'hard_limits', array['', null], 'experience_level', ' ', 'openai_instructions', ''
)) as blank \gset

select is(
  pg_temp.as_user(:'ada', 'select build_kinkster_openai_instructions(%L)', :'blank'),
  pg_temp.as_user(:'ada', 'select build_kinkster_openai_instructions(%L)', :'bare'),
  'blank fields and lists of blanks give the very prompt of a row without them'
);
select is(
  pg_temp.as_user(:'ada', 'select build_kinkster_openai_instructions(%L)',
    :'bare') ~ e'  | \n|null|NULL|None(?! of the following)|: *\n|, *\n|""',
  false, 'there are no double spaces, no dangling commas and colons, no word for nothing'
);

select * from finish();
rollback;
