begin;
\ir ../setup.psql
select plan(6);

select pg_temp.began(:'ada', pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}')) as began \gset
select lease_expires_at as before from public.kinkster_turns \gset
\set checkpoint 'select kinkster.checkpoint_turn(%L, %L, %L, %L)'
update kinkster.settings set clock_offset = '50 seconds';
select pg_temp.as_role(
  'kinkster_worker', null, :'checkpoint', :'ada', :'began'::jsonb #>> '{plan,turn_id}', :'began'::jsonb #>> '{plan,lease}', 'Well'
) as renewed \gset

select is((select reply from public.kinkster_turns), 'Well', 'the text so far');
select is((select lease_expires_at from public.kinkster_turns), :'renewed'::timestamptz, 'the lease''s new end is answered');
select ok(:'renewed'::timestamptz between :'before'::timestamptz + '50 seconds' and :'before'::timestamptz + '60 seconds',
  'and is later');
select is(
  pg_temp.refusal_of('kinkster_worker', null, :'checkpoint', :'ada', :'began'::jsonb #>> '{plan,turn_id}', :'unknown', 'x'),
  :'lease_lost', 'another lease keeps nothing'
);
select is(
  pg_temp.refusal_of('kinkster_worker', null, :'checkpoint', :'bea', :'began'::jsonb #>> '{plan,turn_id}',
    :'began'::jsonb #>> '{plan,lease}', 'x'),
  :'lease_lost', 'nor does another user'
);
select pg_temp.settled(:'began') as x \gset
select is(
  pg_temp.refusal_of('kinkster_worker', null, :'checkpoint', :'ada', :'began'::jsonb #>> '{plan,turn_id}',
    :'began'::jsonb #>> '{plan,lease}', 'x'),
  :'lease_lost', 'nor does a worker that has settled'
);

select * from finish();
rollback;
