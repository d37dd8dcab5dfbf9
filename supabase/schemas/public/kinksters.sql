-- One row per character: who it is, what must never happen to it, and which provider answers for it.
create table public.kinksters (
  id uuid primary key default gen_random_uuid(),
  user_id uuid default auth.uid() references public.profiles (id) on delete cascade,
  is_system_kinkster boolean not null default false,
  partnership_id uuid,
  name text not null,
  display_name text,
  role text default 'switch',
  pronouns text default 'They/Them',
  archetype text,
  specialty text,
  bio text,
  backstory text,
  dominance integer default 10 check (dominance between 1 and 20),
  submission integer default 10 check (submission between 1 and 20),
  charisma integer default 10 check (charisma between 1 and 20),
  stamina integer default 10 check (stamina between 1 and 20),
  creativity integer default 10 check (creativity between 1 and 20),
  control integer default 10 check (control between 1 and 20),
  appearance_description text,
  physical_attributes jsonb,
  body_type text,
  height text,
  build text,
  hair_color text,
  hair_style text,
  eye_color text,
  skin_tone text,
  facial_hair text,
  age_range text,
  aesthetic text,
  clothing_style text[] default '{}',
  favorite_colors text[] default '{}',
  fetish_wear text[] default '{}',
  kink_interests text[],
  top_kinks text[] default '{}',
  hard_limits text[],
  soft_limits text[],
  experience_level text default 'intermediate',
  personality_traits text[],
  role_preferences text[],
  avatar_url text,
  avatar_prompt text,
  generation_prompt text,
  avatar_urls jsonb default '[]',
  gallery_urls jsonb default '[]',
  avatar_generation_config jsonb,
  flowise_chatflow_id text,
  provider text not null default 'flowise',
  openai_model text default 'gpt-4o-mini',
  openai_instructions text,
  openai_previous_response_id text,
  notion_page_id text,
  notion_database_id text,
  master_notion_page_id text,
  notion_last_synced_at timestamptz,
  sync_status text default 'pending'
    check (sync_status in ('synced', 'pending', 'conflict', 'error', 'local_only')),
  sync_error text,
  last_local_update timestamptz default now(),
  last_notion_update timestamptz,
  is_public boolean default false,
  is_active boolean default true,
  is_primary boolean default false,
  metadata jsonb default '{}',
  created_at timestamptz default now(),
  updated_at timestamptz default now(),
  provider_changed_at timestamptz,
  revision bigint not null default 1,
  synced_revision bigint,
  constraint provider_is_known check (provider in ('flowise', 'openai_responses')),
  constraint openai_model_is_a_model_name check (openai_model ~ '^[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}$'),
  constraint openai_instructions_are_at_most_32000_characters check (char_length(openai_instructions) <= 32000),
  constraint flowise_chatflow_id_is_path_safe check (flowise_chatflow_id ~ '^[A-Za-z0-9_-]{0,100}$'),
  constraint age_is_plainly_18_or_over check (kinkster.states_adult_age(age_range, physical_attributes)),
  constraint what_a_prompt_says_is_at_most_100000_characters check (
    char_length(
      concat_ws(
        ' ', name, display_name, role, pronouns, archetype, specialty, bio, backstory, appearance_description,
        physical_attributes, body_type, height, build, hair_color, hair_style, eye_color, skin_tone, facial_hair, age_range,
        aesthetic, clothing_style, favorite_colors, fetish_wear, kink_interests, top_kinks, hard_limits, soft_limits,
        experience_level, personality_traits, role_preferences
      )
    ) <= 100000
  )
) with (fillfactor = 85); -- room for the last response id, which each reply changes

create index kinksters_user_id_idx on public.kinksters (user_id);
create index kinksters_system_idx on public.kinksters (id) where is_system_kinkster;
create unique index a_page_of_notion_shows_one_kinkster on public.kinksters (notion_page_id) where synced_revision is not null;
create index kinksters_unconfirmed_page_idx on public.kinksters (notion_page_id) where synced_revision is null;
create index kinksters_pending_for_notion_idx on public.kinksters (user_id, id) where sync_status = 'pending';

comment on table public.kinksters is
  'One row per character. Owners see and edit their own; system characters are seen by all and edited by none.';
comment on column public.kinksters.id is 'The character.';
comment on column public.kinksters.user_id is 'Its owner; null for a system character.';
comment on column public.kinksters.is_system_kinkster is 'Whether everyone may chat with it and nobody may edit it.';
comment on column public.kinksters.partnership_id is 'A partnership of the application that shares it.';
comment on column public.kinksters.name is 'Its name.';
comment on column public.kinksters.display_name is 'The name shown in lists, if another.';
comment on column public.kinksters.role is 'dominant, submissive, switch, or free text.';
comment on column public.kinksters.pronouns is 'Its pronouns.';
comment on column public.kinksters.archetype is 'Its archetype in a word or two.';
comment on column public.kinksters.specialty is 'What it is best at.';
comment on column public.kinksters.bio is 'Who it is, in free text.';
comment on column public.kinksters.backstory is 'Where it comes from, in free text.';
comment on column public.kinksters.dominance is 'Stat, 1 to 20.';
comment on column public.kinksters.submission is 'Stat, 1 to 20.';
comment on column public.kinksters.charisma is 'Stat, 1 to 20.';
comment on column public.kinksters.stamina is 'Stat, 1 to 20.';
comment on column public.kinksters.creativity is 'Stat, 1 to 20.';
comment on column public.kinksters.control is 'Stat, 1 to 20.';
comment on column public.kinksters.appearance_description is 'What it looks like, in free text.';
comment on column public.kinksters.physical_attributes is 'More of its appearance, as a JSON object.';
comment on column public.kinksters.body_type is 'Appearance: type of body.';
comment on column public.kinksters.height is 'Appearance: height.';
comment on column public.kinksters.build is 'Appearance: build.';
comment on column public.kinksters.hair_color is 'Appearance: colour of its hair.';
comment on column public.kinksters.hair_style is 'Appearance: style of its hair.';
comment on column public.kinksters.eye_color is 'Appearance: colour of its eyes.';
comment on column public.kinksters.skin_tone is 'Appearance: tone of its skin.';
comment on column public.kinksters.facial_hair is 'Appearance: facial hair.';
comment on column public.kinksters.age_range is 'Its age, plainly 18 or over (kinkster.is_adult_age), or nothing.';
comment on column public.kinksters.aesthetic is 'Appearance: overall style.';
comment on column public.kinksters.clothing_style is 'Appearance: what it wears.';
comment on column public.kinksters.favorite_colors is 'Colours it likes.';
comment on column public.kinksters.fetish_wear is 'Appearance: what it wears in a scene.';
comment on column public.kinksters.kink_interests is 'What interests it.';
comment on column public.kinksters.top_kinks is 'What interests it most.';
comment on column public.kinksters.hard_limits is 'What must never happen with this character.';
comment on column public.kinksters.soft_limits is 'What to approach with care with this character.';
comment on column public.kinksters.experience_level is 'beginner, intermediate, advanced, or free text.';
comment on column public.kinksters.personality_traits is 'Its traits, a word or two each.';
comment on column public.kinksters.role_preferences is 'Roles it likes to take.';
comment on column public.kinksters.avatar_url is 'Address of its picture.';
comment on column public.kinksters.avatar_prompt is 'Prompt that its picture was made from.';
comment on column public.kinksters.generation_prompt is 'Prompt that the character was made from.';
comment on column public.kinksters.avatar_urls is 'Addresses of more pictures, as a JSON array.';
comment on column public.kinksters.gallery_urls is 'Addresses of its gallery, as a JSON array.';
comment on column public.kinksters.avatar_generation_config is 'Settings that its picture was made with.';
comment on column public.kinksters.flowise_chatflow_id is 'Its chatflow in Flowise; none (null or empty) means the default of kinkster.settings.';
comment on column public.kinksters.provider is 'Who answers for it: flowise or openai_responses.';
comment on column public.kinksters.openai_model is 'Model for openai_responses; null means the default of kinkster.settings.';
comment on column public.kinksters.openai_instructions is
  'Custom instructions, at most 32,000 characters. They take the place of identity to experience in the prompt, never of rules and limits.';
comment on column public.kinksters.openai_previous_response_id is
  'Id of the last reply to the owner, for clients that read it. Nothing is decided by it.';
comment on column public.kinksters.notion_page_id is 'Its page in Notion.';
comment on column public.kinksters.notion_database_id is 'The Notion database of that page.';
comment on column public.kinksters.master_notion_page_id is 'Its page in a shared Notion database.';
comment on column public.kinksters.notion_last_synced_at is 'When it was last sent to Notion.';
comment on column public.kinksters.sync_status is 'Notion: synced, pending, conflict, error or local_only.';
comment on column public.kinksters.sync_error is 'Notion: why it was not sent.';
comment on column public.kinksters.last_local_update is 'When the character was last edited here.';
comment on column public.kinksters.last_notion_update is 'When it was last edited in Notion.';
comment on column public.kinksters.is_public is 'Whether the application lists it publicly.';
comment on column public.kinksters.is_active is 'Whether it can be chatted with.';
comment on column public.kinksters.is_primary is 'Whether it is its owner''s first character.';
comment on column public.kinksters.metadata is 'The application''s own notes, as a JSON object.';
comment on column public.kinksters.created_at is 'When it was made.';
comment on column public.kinksters.updated_at is 'When it was last edited. Being talked to is no edit.';
comment on column public.kinksters.provider_changed_at is 'When its provider last changed; older turns are not continued by their provider''s ids.';
comment on column public.kinksters.revision is 'Counts the edits that Notion shows, from 1.';
comment on column public.kinksters.synced_revision is 'The revision that Notion shows; null when none is known to have arrived.';

alter table public.kinksters enable row level security;

create policy "Users see their own and the system's kinksters" on public.kinksters
  for select to authenticated using (user_id = (select auth.uid()) or is_system_kinkster);
create policy "Users create their own kinksters" on public.kinksters
  for insert to authenticated with check (user_id = (select auth.uid()) and not is_system_kinkster);
create policy "Users edit their own kinksters" on public.kinksters
  for update to authenticated
  using (user_id = (select auth.uid()) and not is_system_kinkster)
  with check (user_id = (select auth.uid()) and not is_system_kinkster);
create policy "Users delete their own kinksters" on public.kinksters
  for delete to authenticated using (user_id = (select auth.uid()) and not is_system_kinkster);

revoke all on public.kinksters from public, anon, authenticated, service_role;
grant select, delete on public.kinksters to authenticated;
grant insert (
  id, user_id, partnership_id, name, display_name, role, pronouns, archetype, specialty, bio, backstory,
  dominance, submission, charisma, stamina, creativity, control,
  appearance_description, physical_attributes, body_type, height, build, hair_color, hair_style, eye_color, skin_tone,
  facial_hair, age_range, aesthetic, clothing_style, favorite_colors, fetish_wear,
  kink_interests, top_kinks, hard_limits, soft_limits, experience_level, personality_traits, role_preferences,
  avatar_url, avatar_prompt, generation_prompt, avatar_urls, gallery_urls, avatar_generation_config,
  flowise_chatflow_id, provider, openai_model, openai_instructions, is_public, is_active, is_primary, metadata
) on public.kinksters to authenticated;
grant update (
  updated_at, last_local_update, partnership_id, name, display_name, role, pronouns, archetype, specialty, bio, backstory,
  dominance, submission, charisma, stamina, creativity, control,
  appearance_description, physical_attributes, body_type, height, build, hair_color, hair_style, eye_color, skin_tone,
  facial_hair, age_range, aesthetic, clothing_style, favorite_colors, fetish_wear,
  kink_interests, top_kinks, hard_limits, soft_limits, experience_level, personality_traits, role_preferences,
  avatar_url, avatar_prompt, generation_prompt, avatar_urls, gallery_urls, avatar_generation_config,
  flowise_chatflow_id, provider, openai_model, openai_instructions, is_public, is_active, is_primary, metadata
) on public.kinksters to authenticated;
grant select, insert, update, delete on public.kinksters to service_role;

-- Fires for edits; a reply's response id alone is no edit.
create trigger kinksters_touch
  before update on public.kinksters
  for each row
  when (
    old.* is distinct from new.*
    and (
      old.openai_previous_response_id is not distinct from new.openai_previous_response_id
      or to_jsonb(old) - 'openai_previous_response_id' is distinct from to_jsonb(new) - 'openai_previous_response_id'
    )
  )
  execute function kinkster.touch_kinkster();

comment on trigger kinksters_touch on public.kinksters is
  'Notes an edit of a character; being talked to is none.';
