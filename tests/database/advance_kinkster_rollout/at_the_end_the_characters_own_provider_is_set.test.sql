begin;
\ir ../setup.psql
\ir ../rollout.psql
select plan(9);

select pg_temp.simple(:'ada') as kinkster \gset
select pg_temp.simple(:'ada', 'Chosen') as chosen \gset
select pg_temp.simple(:'ada', 'Broken') as broken \gset
select pg_temp.simple(:'ada', 'Deleted') as deleted \gset
select pg_temp.simple(:'ada', 'Kept') as kept \gset
select pg_temp.operator('plan_kinkster_rollout()') as x, pg_temp.operator('start_kinkster_rollout()') as y \gset
update kinkster.rollout_kinksters set stage = 1 where stage is not null;
select pg_temp.answers(:'ada', :'kinkster') as x, pg_temp.answers(:'ada', :'broken') as y \gset
-- A rule that is older than the row is not asked of it, until it is written.
alter table public.kinksters drop constraint age_is_plainly_18_or_over;
alter table public.kinksters disable trigger user;
update public.kinksters set age_range = 'ageless' where id = :'broken';
alter table public.kinksters enable trigger user;
alter table public.kinksters add constraint age_is_plainly_18_or_over
  check (kinkster.states_adult_age(age_range, physical_attributes)) not valid;
select pg_temp.changed(:'ada', 'update kinksters set provider = ''openai_responses'' where id = %L', :'chosen') as x \gset
select pg_temp.changed(:'ada', 'delete from kinksters where id = %L', :'deleted') as x \gset
select pg_temp.as_role('service_role', null, 'update kinkster.rollout_kinksters set stage = null where kinkster_id = %L returning 1', :'kept') as x \gset

select pg_temp.operator('advance_kinkster_rollout(p_anyway => true)') as status \gset
select is(:'status'::jsonb ->> 'state', 'completed', 'it is completed');
select isnt(:'status'::jsonb ->> 'ended_at', null, 'and over');
select is(
  array(select provider from public.kinksters order by name), array['flowise', 'openai_responses', 'flowise', 'openai_responses'],
  'own providers are set: of Broken, Chosen, Kept and Mira'
);
select is(
  array(select left_because from kinkster.rollout_kinksters where left_because is not null order by 1),
  array['It breaks the rule age_is_plainly_18_or_over, so it can''t be written.', 'It was deleted.', 'Its provider was chosen by hand meanwhile.'],
  'who is left is named'
);
select is(:'status'::jsonb -> 'kinksters', '{"all": 4, "left": 3, "moved": 1, "reached": 4, "restored": 0}', 'and counted');
select is((select previous_provider from kinkster.rollout_kinksters where kinkster_id = :'kinkster'), 'flowise', 'what it was is remembered');
select is(pg_temp.answers(:'ada', :'kinkster'), 'openai_responses', 'the conversation stays where it was');
select is(
  array(select continuity from public.kinkster_turns as t join public.kinkster_conversations as c on c.id = t.conversation_id
        where c.kinkster_id = :'kinkster' order by t.created_at),
  array['new', 'rebuilt'], 'and is told the transcript once more'
);
select is(
  (kinkster.chat_obstacle(k, 'active')).reason, 'This kinkster''s age is not plainly 18 or over.', 'a row that breaks a rule is not talked with anyway'
) from public.kinksters as k where k.id = :'broken';

select * from finish();
rollback;
