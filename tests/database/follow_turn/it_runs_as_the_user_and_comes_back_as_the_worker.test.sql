begin;
\ir ../setup.psql
select plan(10);

select pg_temp.new_kinkster(null, '{"provider": "openai_responses"}') as system \gset
select gen_random_uuid() as turn \gset
select pg_temp.began(:'ada', :'system', 'Hello', null, :'turn') as began \gset
select pg_temp.kept(:'began', 0, 'Wel', false) as x \gset
\set follow 'select kinkster.follow_turn(%L, %L, 0, null)'
\set adas '{"sub": "' :ada '", "role": "authenticated"}'
\set beas '{"sub": "' :bea '", "role": "authenticated"}'
\set no_turn 'PT404: There is no turn with this id that you can see. (Use the turn_id that send_kinkster_message returned.)'

select is(pg_temp.refusal_of('kinkster_worker', null, :'follow', claims, id), :'no_turn', name) from (values
  (:'beas', :'turn', 'another user''s turn'), (:'adas', :'unknown', 'an unknown one'), (:'adas', null, 'none'),
  ('{"role": "authenticated"}', :'turn', 'claims without a user')
) as f (claims, id, name);
select is((select array[is_shown::text, followed_until::text] from public.kinkster_turns), array['false', null], 'none of which was noted');
select is(
  pg_temp.as_role(
    'kinkster_worker', null, 'select kinkster.follow_turn(%L, %L, 0, null) ->> ''text'' || '' '' || current_user || '' '''
      || ' || current_setting(''request.jwt.claims'') || ''.''', :'adas', :'turn'
  ), 'Wel kinkster_worker .', 'afterwards it is the worker again, and nobody''s claims'
);
select pg_temp.began(:'bea', :'system', 'Hello', null, :'turn') as x \gset
select is(
  pg_temp.as_role('kinkster_worker', null, :'follow', :'beas', :'turn')::jsonb ->> 'text', '', 'under the same id each user reads their own'
);
select alike(pg_temp.refusal(:'ada', :'follow', :'adas', :'turn'), '42501: %', 'a user is no worker');
select alike(pg_temp.refusal_of('service_role', null, :'follow', :'adas', :'turn'), '42501: %', 'nor is a service key');
select alike(
  pg_temp.refusal(:'ada', 'select kinkster.read_on(%L, %L, 0, null)', :'bea', :'turn'), '42501: %', 'and beneath it nobody reads by themselves'
);

select * from finish();
rollback;
