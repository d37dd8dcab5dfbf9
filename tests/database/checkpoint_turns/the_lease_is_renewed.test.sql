begin;
\ir ../setup.psql
select plan(6);

select pg_temp.began(:'ada', pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}')) as began \gset
select lease_expires_at as before from public.kinkster_turns \gset
select pg_temp.later('50 seconds');
select is(pg_temp.kept(:'began', 0, ''), 'kept', 'a heartbeat');
select ok(
  (select lease_expires_at between :'before'::timestamptz + '50 seconds' and :'before'::timestamptz + '60 seconds' from public.kinkster_turns),
  'renews it for another minute'
);
select pg_temp.later('61 seconds');
select is(pg_temp.kept(:'began', 0, ''), 'kept', 'late, but nobody took it');
select is(
  pg_temp.refusal_of('none', null, 'select %s', format('pg_temp.claimed(%L, %L)', :'ada', :'began'::jsonb #>> '{plan,turn_id}')),
  'KW001: This turn is not waiting for a worker.', 'nor may any more'
);
select is((select status from public.kinkster_turns), 'streaming', 'it goes on');
select is((select is_shown from public.kinkster_turns), false, 'and a heartbeat shows nothing');

select * from finish();
rollback;
