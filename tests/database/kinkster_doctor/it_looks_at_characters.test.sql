begin;
\ir ../doctor.psql
select plan(28);

select is(pg_temp.doctor('providers'), 'warning: There are no characters. > Create one, or run supabase/seed.sql for a first look.', 'nobody to talk to');
select pg_temp.new_kinkster(:'ada', '{"flowise_chatflow_id": "flow-1", "bio": "Keeps bees."}') as flowise \gset
select is(
  pg_temp.doctor('providers'),
  'warning: Characters: 1 of flowise, 0 of openai_responses.'
  ' > Try the Responses API with one: select update_kinkster_provider(''THE-KINKSTERS-ID'', ''openai_responses'');', 'one provider is not used'
);
select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses", "bio": "Mends clocks."}') as responses \gset
select is(pg_temp.doctor('providers'), 'ok: Characters: 1 of flowise, 1 of openai_responses.', 'both are');
savepoint well;
alter table public.kinksters alter column provider drop not null;
update public.kinksters set provider = null where id = :'responses';
select is(
  pg_temp.doctor('providers'),
  'problem: Characters: 1 of flowise, 0 of openai_responses, 1 of none or an unknown one. > Run: update kinksters set provider = ''flowise'''
  ' where provider is null or provider not in (''flowise'', ''openai_responses'');', 'one has none'
);
update public.kinksters set provider = 'flowise' where provider is null or provider not in ('flowise', 'openai_responses');
select is(pg_temp.state('providers'), 'warning', 'what it says to do helps');
rollback to well;

select is(
  pg_temp.doctor('always_flowise'), 'ok: No character of Flowise has a model or instructions that are meant for the Responses API.', 'nobody was meant to be moved'
);
update public.kinksters set openai_instructions = ' ' where id = :'flowise';
select is(pg_temp.state('always_flowise'), 'ok', 'blank instructions are none');
update public.kinksters set openai_model = 'gpt-test' where id in (:'flowise', :'responses');
select is(
  pg_temp.doctor('always_flowise'),
  format(
    'warning: Characters that use Flowise, though a model or instructions for the Responses API were set: 1, such as %1$s.'
    ' > If they should not: select update_kinkster_provider(''%1$s'', ''openai_responses'');', :'flowise'
  ), 'a model was chosen, and it always uses Flowise'
);
update public.kinksters set openai_model = 'gpt-4o-mini', openai_instructions = 'Be brief.' where id = :'flowise';
select is(pg_temp.state('always_flowise'), 'warning', 'instructions were given');
select pg_temp.as_user(:'ada', 'select update_kinkster_provider(%L, %L)', :'flowise', 'openai_responses') as x \gset
select is(pg_temp.state('always_flowise'), 'ok', 'what it says to do helps');
rollback to well;

select is(pg_temp.doctor('chatflows'), 'ok: Characters of Flowise: 1 with a chatflow of their own, 0 with none.', 'each has a chatflow');
update public.kinksters set flowise_chatflow_id = '' where id = :'flowise';
select is(
  pg_temp.doctor('chatflows'),
  format(
    'problem: Characters of Flowise: 0 with a chatflow of their own, 1 with none. Those can''t be chatted with, such as %s.'
    ' > Run: update kinkster.settings set default_flowise_chatflow_id = ''…''; or set their flowise_chatflow_id.', :'flowise'
  ), 'one has none'
);
savepoint no_chatflow;
update public.kinksters set is_active = false where id = :'flowise';
select is(pg_temp.state('chatflows'), 'ok', 'which matters to nobody while it is switched off');
rollback to no_chatflow;
update kinkster.settings set default_flowise_chatflow_id = 'flow-2';
select is(pg_temp.doctor('chatflows'), 'ok: Characters of Flowise: 0 with a chatflow of their own, 1 with the default.', 'there is a default');
rollback to well;

select is(pg_temp.doctor('prompts'), 'ok: All 2 prompts that were tried can be built and describe their character.', 'prompts can be built');
update public.kinksters set bio = null where id in (:'responses', :'flowise');
select is(
  pg_temp.doctor('prompts'),
  format(
    'warning: Prompts that say nothing of a character but its name: 1 of 2 that were tried, such as that of %1$s.'
    ' > Give it a bio, traits or openai_instructions: update kinksters set bio = ''…'' where id = ''%1$s'';', :'responses'
  ), 'of one nothing is said; what Flowise says of its own, it knows'
);
create function pg_temp.told(p_column text, p_value text) returns text language plpgsql as $$
begin
  execute format('update public.kinksters set %I = %L where provider = ''openai_responses''', p_column, p_value);
  return pg_temp.state('prompts');
end $$;
savepoint bare;
select is(pg_temp.told('personality_traits', '{"", " "}'), 'warning', 'blank traits say nothing');
select is(pg_temp.told('physical_attributes', '{"eyes": null}'), 'warning', 'nor do empty attributes');
select is(pg_temp.told('openai_instructions', 'Be a lighthouse keeper.'), 'ok', 'instructions do');
rollback to bare;
select is(pg_temp.told('personality_traits', '{calm}'), 'ok', 'and so do traits');
rollback to bare;
select is(pg_temp.told('physical_attributes', '{"eyes": "green"}'), 'ok', 'and attributes');
rollback to well;
alter function kinkster.quoted(text) rename to quoted_once;
select is(
  pg_temp.doctor('prompts'),
  (
    select format(
      'problem: Prompts that can''t be built: 2 of 2 that were tried, such as that of %1$s. > See why: select build_kinkster_openai_instructions(''%1$s'');',
      (array_agg(k.id order by k.id))[1]
    ) from public.kinksters as k
  ), 'prompts that can''t be built are counted, not raised'
);
rollback to well;

select is(pg_temp.doctor('rules'), 'ok: Every character keeps every rule.', 'all keep the rules');
alter table public.kinksters drop constraint age_is_plainly_18_or_over;
update public.kinksters set age_range = '16 year' where id = :'flowise';
alter table public.kinksters add constraint age_is_plainly_18_or_over
  check (kinkster.states_adult_age(age_range, physical_attributes)) not valid;
select is(
  pg_temp.doctor('rules'),
  format(
    'warning: Characters that break a rule (age_is_plainly_18_or_over), and so can''t be edited or not be chatted with: 1 of 2 that were looked at,'
    ' such as %1$s. > Correct what the rule is about: update kinksters set age_range = ''30s'' where id = ''%1$s'';', :'flowise'
  ), 'one came before the rule'
);
select alike(
  pg_temp.refusal(:'ada', 'update kinksters set bio = %L where id = %L', 'Keeps goats.', :'flowise'), '23514:%', 'it can''t be edited, indeed'
);
select is(pg_temp.changed(:'ada', 'update kinksters set age_range = ''30s'' where id = %L', :'flowise'), 1, 'what it says to do');
select is(
  pg_temp.doctor('rules'),
  'warning: None of the 2 characters that were looked at breaks a rule, but these are not valid for all: age_is_plainly_18_or_over.'
  ' > Run, for each of them: alter table public.kinksters validate constraint age_is_plainly_18_or_over;', 'helps'
);
alter table public.kinksters validate constraint age_is_plainly_18_or_over;
select is(pg_temp.state('rules'), 'ok', 'and so does this');

select * from finish();
rollback;
