-- People of a benchmark: one who owns all characters but the last 50, one who owns those, and characters as somebody
-- who cares writes them. Ids follow from numbers, so that a script of pgbench can name any: md5('character 17')::uuid.
insert into auth.users (id) select md5('user ' || n)::uuid from generate_series(1, :users) as n;
insert into public.profiles (id, email, hard_limits, soft_limits, safewords, notion_kinksters_database_id)
select u.id, u.id || '@example.com', array['heights'], array['crowds'], array['red', 'stop now'],
  '2fa1b7c46f8a4d3e9b0c5d7e8f901234'
from auth.users as u;
insert into public.kinksters (
  id, user_id, name, display_name, role, pronouns, archetype, bio, backstory, appearance_description, age_range,
  physical_attributes, clothing_style, favorite_colors, personality_traits, top_kinks, hard_limits, soft_limits,
  experience_level, provider, openai_model
)
select
  md5('character ' || n)::uuid,
  md5('user ' || case when :users > 2 then (n - 1) % :users + 1 when n > :characters - 50 then 2 else 1 end)::uuid,
  'Character ' || n,
  'Mira the ' || n || 'th',
  (array['Dominant', 'Submissive', 'Switch'])[n % 3 + 1],
  'She/Her',
  'The librarian',
  'Keeps a small bookshop by the harbour, and remembers what everybody reads.',
  'Grew up on a lighthouse island; came to town with two suitcases, one of them full of letters.',
  'Tall, quick to smile, ink on her fingers.',
  '30s',
  '{"eyes": "green", "scar": {"where": "left hand"}}',
  array['wool coats', 'boots'],
  array['green', 'rust'],
  array['warm', 'wry', 'patient', 'curious'],
  array['reading aloud', 'long walks'],
  array['spiders', 'public places'],
  array['loud music'],
  'advanced',
  'openai_responses',
  'gpt-4o-mini'
from generate_series(1, :characters) as n;
