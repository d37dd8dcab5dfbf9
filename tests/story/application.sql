-- The people and characters of an application whose migrations are those of tests/step_one, and what they said before.
insert into auth.users (id, email)
select md5(name)::uuid, lower(name) || '@example.com'
from unnest(array['Robin', 'Kim', 'Alex', 'Sam', 'Noor', 'Jo', 'Ari', 'Max', 'Lou', 'Bo', 'Ida', 'Tove']) as name;

insert into public.profiles (id, email, display_name, hard_limits, dynamic_role)
select id, email, initcap(split_part(email, '@', 1)), array['heights'], 'switch' from auth.users;

-- Two have a chatflow of their own, five share one, ten have none; one is no more than a name.
insert into public.kinksters (
  user_id, is_system_kinkster, name, role, pronouns, bio, age_range, physical_attributes, personality_traits, top_kinks, hard_limits,
  soft_limits, flowise_chatflow_id
)
values
  (md5('Robin')::uuid, false, 'Wren', 'switch', 'She/Her', 'Keeps a calendar.', '30s', '{"eyes": "green"}', '{playful,patient}', '{puns}',
    '{spiders}', '{loud music}', 'wren-with-tools'),
  (md5('Robin')::uuid, false, 'Ash', 'dominant', 'He/Him', 'Paints lighthouses.', '40s', '{}', '{calm}', '{praise}', '{"public places"}', null, null),
  (md5('Robin')::uuid, false, 'Juno', 'caretaker', 'She/Her', 'Brews tea for everybody.', '30s', null, '{warm}', '{}', null, null, null),
  (md5('Kim')::uuid, false, 'Hazel', 'switch', 'They/Them', 'Writes letters.', '30s', null, '{curious}', null, '{needles}', null, 'evening'),
  (md5('Alex')::uuid, false, 'Rowan', 'submissive', 'He/Him', 'Bakes bread.', '25-30', null, '{gentle}', '{}', null, null, 'evening'),
  (md5('Sam')::uuid, false, 'Moss', 'switch', 'They/Them', 'Knows every bird.', '40s', null, '{quiet}', '{}', null, null, 'evening'),
  (md5('Noor')::uuid, false, 'Pip', null, null, null, '30s', null, null, null, null, null, null),
  (null, true, 'Sol', 'dominant', 'She/Her', 'Looks things up.', '30s', null, '{witty}', '{}', null, null, 'sol-with-search'),
  (null, true, 'Mira', 'dominant', 'She/Her', 'Runs a bookshop.', '30s', null, '{sharp}', '{}', null, null, null),
  (null, true, 'Fern', 'switch', 'They/Them', 'Grows ferns.', '30s', null, '{shy}', '{}', null, null, null),
  (null, true, 'Lark', 'submissive', 'She/Her', 'Sings in the morning.', '25-30', null, '{bright}', '{}', null, null, null),
  (null, true, 'Onyx', 'dominant', 'He/Him', 'Collects old maps.', '40s', null, '{stern}', '{}', null, null, null),
  (null, true, 'Vesper', 'switch', 'She/Her', 'Watches the stars.', '30s', null, '{dreamy}', '{}', null, null, null),
  (null, true, 'Reed', 'switch', 'He/Him', 'Mends boats.', '30s', null, '{handy}', '{}', null, null, null),
  (null, true, 'Briar', 'switch', 'They/Them', 'Tells riddles.', '30s', null, '{teasing}', '{}', null, null, null),
  (null, true, 'Ember', 'dominant', 'She/Her', 'Tends a fire.', '40s', null, '{bold}', '{}', null, null, 'evening'),
  (null, true, 'Vale', 'submissive', 'They/Them', 'Walks for miles.', '30s', null, '{steady}', '{}', null, null, 'evening');

insert into public.conversations (id, user_id, title)
select md5('conversation ' || n)::uuid, (select id from auth.users order by email offset n % 12 limit 1), 'Talk ' || n
from generate_series(1, 40) as n;
insert into public.messages (conversation_id, body)
select md5('conversation ' || 1 + n % 40)::uuid, 'Message ' || n from generate_series(1, 200) as n;
