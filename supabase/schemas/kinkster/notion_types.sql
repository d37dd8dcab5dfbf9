-- The properties of a character's page in Notion, each followed by its type, in the order of kinkster.notion_values. Without
-- arguments, as kinkster.blanks: naming them costs no call.
create or replace function kinkster.notion_types()
  returns text[]
  language plpgsql
  immutable
  parallel safe
  security invoker
  set search_path = ''
as $$
begin
  return array[
    'Name', 'title',
    'Supabase ID', 'rich_text',
    'Display Name', 'rich_text',
    'Role', 'select',
    'Pronouns', 'select',
    'Experience Level', 'select',
    'Archetype', 'rich_text',
    'Specialty', 'rich_text',
    'Avatar', 'files',
    'Hard Limits', 'multi_select',
    'Soft Limits', 'multi_select',
    'Top Kinks', 'multi_select',
    'Kink Interests', 'multi_select',
    'Personality Traits', 'multi_select',
    'Role Preferences', 'multi_select',
    'Clothing Style', 'multi_select',
    'Fetish Wear', 'multi_select',
    'Favorite Colors', 'multi_select',
    'Body Type', 'rich_text',
    'Height', 'rich_text',
    'Build', 'rich_text',
    'Hair Color', 'rich_text',
    'Hair Style', 'rich_text',
    'Eye Color', 'rich_text',
    'Skin Tone', 'rich_text',
    'Facial Hair', 'rich_text',
    'Age Range', 'rich_text',
    'Aesthetic', 'rich_text',
    'Physical Attributes', 'rich_text',
    'Appearance Description', 'rich_text',
    'Bio', 'rich_text',
    'Backstory', 'rich_text',
    'Dominance', 'number',
    'Submission', 'number',
    'Charisma', 'number',
    'Stamina', 'number',
    'Creativity', 'number',
    'Control', 'number',
    'Active', 'checkbox',
    'Public', 'checkbox',
    'Primary', 'checkbox',
    'Created', 'date'
  ];
end
$$;

comment on function kinkster.notion_types() is
  'The properties of a character''s page in Notion, each followed by its type.';

revoke execute on function kinkster.notion_types() from public, anon, authenticated, service_role;
grant execute on function kinkster.notion_types() to authenticated, service_role;
