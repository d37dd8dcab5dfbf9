begin;
\ir ../setup.psql
\ir ../rollout.psql
select plan(9);

select pg_temp.simple(:'ada', 'K' || n) from generate_series(1, 3) as n;
select pg_temp.simple(null, 'The system''s') as systems \gset
select pg_temp.had(:'ada', :'systems', 'flowise', 3);
select pg_temp.operator('plan_kinkster_rollout()') as x \gset
select is(pg_temp.answers(:'bea', :'systems'), 'flowise', 'a plan moves nobody');
select pg_temp.operator('start_kinkster_rollout()') as status \gset
select is(
  array[:'status'::jsonb ->> 'state', :'status'::jsonb ->> 'stage', :'status'::jsonb ->> 'share'], array['running', '1', '100'], 'it runs'
);
select is(:'status'::jsonb #> '{kinksters,reached}', '2', 'with two of them');
select is(
  pg_temp.began(:'ada', :'systems', 'Good evening') #>> '{plan,provider}', 'openai_responses', 'one user''s conversation moves with its next turn'
);
select is(pg_temp.answers(:'bea', :'systems'), 'openai_responses', 'and another''s');
select is((select provider from public.kinksters where id = :'systems'), 'flowise', 'the character is as it was');
select is((select count(*)::integer from public.kinkster_conversations where rollout_id is not null), 2, 'it is noted of the conversations');
select is(
  (select rebuilt_because from public.kinkster_turns where message = 'Good evening'), 'provider_changed',
  'the transcript is told to who did not hear it'
);
select is(
  pg_temp.answers(:'ada', (select kinkster_id from kinkster.rollout_kinksters where stage = 2 limit 1)), 'flowise', 'the others stay'
);

select * from finish();
rollback;
