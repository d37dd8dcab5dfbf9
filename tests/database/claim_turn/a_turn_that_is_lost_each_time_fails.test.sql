begin;
\ir ../setup.psql
select plan(4);

select pg_temp.began(:'ada', pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}')) as began \gset
select :'began'::jsonb #>> '{plan,turn_id}' as turn \gset
select pg_temp.later('61 seconds');
select is(pg_temp.claimed(:'ada', :'turn') #>> '{plan,attempt}', '2', 'the second time');
select pg_temp.later('61 seconds');
select is(pg_temp.claimed(:'ada', :'turn') #>> '{plan,attempt}', '3', 'the third');
select pg_temp.later('61 seconds');
select is(
  pg_temp.claimed(:'ada', :'turn') -> 'error', '{"code": "worker_lost",
    "message": "The reply was interrupted several times and did not finish.", "hint": "Send the message again."}', 'and no fourth'
);
select is(
  pg_temp.as_role('kinkster_worker', null, 'select kinkster.claim_next_turn(''w'') ->> ''state'''), 'idle', 'nobody is given it again'
);

select * from finish();
rollback;
