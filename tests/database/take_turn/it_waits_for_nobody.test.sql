begin;
\ir ../setup.psql
select plan(5);

select pg_temp.as_user(
  :'ada', 'select send_kinkster_message(%L, ''Hello'')', pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}')::text
)::jsonb ->> 'turn_id' as turn \gset
\set take 'select kinkster.take_turn(%L, %L, ''w'', false)'
\set other 'select kinkster.take_turn(%L, %L, ''another'', false)'

select pg_temp.as_role('kinkster_worker', null, :'take', :'ada', :'turn') as taken \gset
select is(:'taken'::jsonb ->> 'state', 'claimed', 'a turn that waits is claimed');
select is(
  pg_temp.as_role('kinkster_worker', null, :'other', :'ada', :'turn')::jsonb ->> 'state', 'waiting', 'one that streams is not'
);
select pg_temp.as_role('kinkster_worker', null, :'take', :'ada', :'turn') as once_more \gset
select is(:'once_more'::jsonb ->> 'state', 'claimed', 'unless the same call asks: the answer to it was lost');
select isnt(:'once_more'::jsonb #>> '{plan,lease}', :'taken'::jsonb #>> '{plan,lease}', 'it gets a lease of its own');
select pg_temp.settled(:'once_more') as x \gset
select is(
  pg_temp.as_role('kinkster_worker', null, :'take', :'ada', :'turn')::jsonb ->> 'reply', 'Well met.', 'one that has ended is shown'
);

select * from finish();
rollback;
