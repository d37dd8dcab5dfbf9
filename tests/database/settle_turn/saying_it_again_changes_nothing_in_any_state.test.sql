begin;
\ir ../setup.psql
select plan(9);

select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}') as kinkster \gset

create function pg_temp.rows() returns jsonb language sql as $$
  select jsonb_agg(to_jsonb(t) order by t.id) from public.kinkster_turns as t
$$;
create function pg_temp.twice(p_kinkster uuid, p_outcome jsonb) returns text[] language plpgsql as $$
declare
  v_began jsonb := pg_temp.began('00000000-0000-4000-8000-00000000ada0', p_kinkster, 'Hello ' || gen_random_uuid());
  v_first jsonb := pg_temp.settled(v_began, p_outcome);
  v_rows jsonb := pg_temp.rows();
  v_second jsonb := pg_temp.settled(v_began, p_outcome);
begin
  perform kinkster.stop_turns('00000000-0000-4000-8000-00000000ada0', 'cancelled') where v_first ->> 'status' = 'queued';
  return array[
    v_first ->> 'status', (v_first - 'retry_in_seconds' = v_second - 'retry_in_seconds')::text,
    (v_rows = pg_temp.rows() or v_first ->> 'status' = 'queued')::text
  ];
end $$;
select is(pg_temp.twice(:'kinkster', outcome), array[status, 'true', 'true'], name) from (values
  ('{}'::jsonb, 'completed', 'a reply'),
  (:'failed'::jsonb || '{"error_code": "provider_unreachable"}', 'failed', 'a failure'),
  (:'unavailable'::jsonb || '{"error_code": "provider_unreachable"}', 'queued', 'one that is tried again'),
  ('{"status": "cancelled", "reply": "Wel", "error_code": "client_gone"}', 'cancelled', 'a client that left')
) as o (outcome, status, name);
select is((select count(*) from kinkster.breakers where failures = 2), 1::bigint, 'a failure is counted once');

select pg_temp.began(:'ada', :'kinkster', 'Two') as began \gset
select pg_temp.settled(:'began', :'unavailable') as x \gset
select is(
  pg_temp.refusal_of('none', null, 'select %s', format('pg_temp.settled(%L, %L)', :'began', outcome)), :'lease_lost', name
) from (values ('{}', 'a reply after all'), ('{"status": "cancelled"}', 'a client that left after all')) as o (outcome, name);
select pg_temp.later('2 seconds');
select pg_temp.claimed(:'ada', (:'began'::jsonb #>> '{plan,turn_id}')::uuid) as again \gset
select is(
  pg_temp.refusal_of('none', null, 'select %s', format('pg_temp.settled(%L, %L)', :'began', :'unavailable')), :'lease_lost',
  'and nothing once another has it'
);
select is(pg_temp.settled(:'again') ->> 'status', 'completed', 'who settles it');

select * from finish();
rollback;
