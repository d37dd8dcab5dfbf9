begin;
\ir ../setup.psql
select plan(4);

select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}') as kinkster \gset
select pg_temp.began(:'ada', :'kinkster') as first \gset
select :'first'::jsonb #>> '{plan,turn_id}' as turn \gset

select is(
  (select array_agg(distinct pg_temp.began(:'ada', :'kinkster', p_request => :'turn') ->> 'state') from generate_series(1, 19)), array['waiting'],
  'nineteen more with the same request'
);
select is(
  pg_temp.began(:'ada', :'kinkster', p_request => :'turn') ->> 'tag', left(:'first'::jsonb #>> '{plan,lease}', 8), 'read the same attempt'
);
select is((select array[count(*), sum(attempts)] from public.kinkster_turns), array[1, 1]::bigint[], 'which is the only one');
select pg_temp.settled(:'first') as x \gset
select is(pg_temp.began(:'ada', :'kinkster', p_request => :'turn') ->> 'reply', 'Well met.', 'and later its reply');

select * from finish();
rollback;
