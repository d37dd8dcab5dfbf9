begin;
\ir ../setup.psql
\ir ../rollout.psql
select plan(7);

select is(
  pg_temp.refusal_of('kinkster_worker', null, 'select kinkster.rollout_status()'),
  'PT404: There is no rollout yet. (plan_kinkster_rollout makes one; left out, the id is that of the present one.)', 'there may be none'
);
select pg_temp.simple(:'ada') as kinkster \gset
select pg_temp.simple(:'ada', 'K' || n) from generate_series(1, 3) as n;
insert into public.kinkster_conversations (user_id, kinkster_id) select :'ada', id from public.kinksters;
select pg_temp.operator('plan_kinkster_rollout()') as x \gset
select pg_temp.as_role('kinkster_worker', null, 'select kinkster.rollout_status()')::jsonb as planned \gset
select is(:'planned'::jsonb -> 'conversations', '{"all": 4, "moved": 0, "reached": 0}', 'of a plan nothing has moved');
select is(array[:'planned'::jsonb -> 'guardrails', :'planned'::jsonb -> 'next'], array['[]'::jsonb, 'null'], 'or is compared');
select pg_temp.operator('start_kinkster_rollout()') as x \gset
select kinkster_id as first from kinkster.rollout_kinksters where stage = 1 limit 1 \gset
select pg_temp.answers(:'ada', :'first') as x \gset
select kinkster.rollout_status((:'planned'::jsonb ->> 'rollout_id')::uuid) as status \gset
select is(:'status'::jsonb -> 'conversations', '{"all": 4, "moved": 1, "reached": 2}', 'conversations are counted');
select is(:'status'::jsonb -> 'kinksters', '{"all": 4, "left": 0, "moved": 0, "reached": 2, "restored": 0}', 'and characters');
select matches(:'status'::jsonb #>> '{next,obstacles}', '^Error rate: too few turns', 'what comes next, and what is in the way');
select is(jsonb_array_length(:'status'::jsonb -> 'guardrails'), 4, 'and the guardrails');

select * from finish();
rollback;
