-- Characters :first to :last of :characters, as somebody who cares writes them: one user owns all but the last 50, another
-- owns those; where there are many users, each owns as many. Ids follow from numbers: md5('character 17')::uuid.
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
from generate_series(:first, :last) as n;
