-- "Kinkster always uses Flowise" begins here: which provider do characters have?
create or replace function kinkster.doctor_providers(out state text, out said text, out todo text)
  language plpgsql
  stable
  security invoker
  set search_path = ''
as $$
declare
  v_flowise bigint;
  v_responses bigint;
  v_others bigint;
begin
  select
    count(*) filter (where k.provider = 'flowise'),
    count(*) filter (where k.provider = 'openai_responses'),
    count(*) filter (where k.provider is null or k.provider not in ('flowise', 'openai_responses'))
  into v_flowise, v_responses, v_others
  from public.kinksters as k;
  said := pg_catalog.format('Characters: %s of flowise, %s of openai_responses', v_flowise, v_responses);
  if v_others > 0 then
    state := 'problem';
    said := said || pg_catalog.format(', %s of none or an unknown one.', v_others);
    todo := 'Run: update kinksters set provider = ''flowise'' where provider is null or provider not in (''flowise'', ''openai_responses'');';
  elsif v_flowise + v_responses = 0 then
    state := 'warning';
    said := 'There are no characters.';
    todo := 'Create one, or run supabase/seed.sql for a first look.';
  elsif v_responses = 0 then
    state := 'warning';
    said := said || '.';
    todo := 'Try the Responses API with one: select update_kinkster_provider(''THE-KINKSTERS-ID'', ''openai_responses'');';
  else
    state := 'ok';
    said := said || '.';
  end if;
end
$$;

comment on function kinkster.doctor_providers() is 'Which providers answer for how many characters; whether some have none, or one that nobody knows.';

revoke execute on function kinkster.doctor_providers() from public, anon, authenticated, service_role;
