-- A prompt may be built from next to nothing, and then the model makes somebody up.
create or replace function kinkster.is_bare(p_kinkster public.kinksters)
  returns boolean
  language plpgsql
  immutable
  security invoker
  set search_path = ''
as $$
begin
  -- Most characters say something in the first text; only the others are looked through.
  return kinkster.is_blank(coalesce(p_kinkster.bio, ''))
    and kinkster.is_blank(
      pg_catalog.concat_ws(
        '', p_kinkster.openai_instructions, p_kinkster.archetype, p_kinkster.specialty, p_kinkster.backstory,
        p_kinkster.appearance_description, kinkster.quoted_attributes(p_kinkster.physical_attributes), p_kinkster.body_type,
        p_kinkster.height, p_kinkster.build, p_kinkster.hair_color, p_kinkster.hair_style, p_kinkster.eye_color,
        p_kinkster.skin_tone, p_kinkster.facial_hair, p_kinkster.aesthetic, kinkster.quoted_list(p_kinkster.clothing_style),
        kinkster.quoted_list(p_kinkster.fetish_wear), kinkster.quoted_list(p_kinkster.favorite_colors),
        kinkster.quoted_list(p_kinkster.personality_traits), kinkster.quoted_list(p_kinkster.top_kinks),
        kinkster.quoted_list(p_kinkster.kink_interests), kinkster.quoted_list(p_kinkster.role_preferences)
      )
    );
end
$$;

comment on function kinkster.is_bare(public.kinksters) is
  'Whether nothing is known of a character but its name, role, pronouns, age and experience, which have defaults.';

revoke execute on function kinkster.is_bare(public.kinksters) from public, anon, authenticated, service_role;
