begin;
\ir ../notion.psql
select plan(11);

select pg_temp.new_kinkster(:'ada') as adas, pg_temp.new_kinkster(:'bea') as beas \gset
select pg_temp.connected(:'ada', 'one-bot') as x, pg_temp.connected(:'bea', 'one-bot') as y \gset
select pg_temp.claimed() as first \gset
select is(:'first'::jsonb ->> 'state', 'claimed', 'two users share a bot: one of them has it');
select is(pg_temp.claimed(), '{"state": "idle"}', 'and the other waits');
select case :'first'::jsonb ->> 'user_id' when :'ada' then :'bea' else :'ada' end as other \gset
select is(pg_temp.claimed(:'other') ->> 'state', 'busy', 'also when asked for by name');
select is(pg_temp.claimed((:'first'::jsonb ->> 'user_id')::uuid) ->> 'state', 'busy', 'as is the first');

select pg_temp.released(:'first', 0.35) as x \gset
select is(pg_temp.claimed(), '{"state": "idle"}', 'between two requests of one bot an interval passes, whoever''s they are');
select ok(
  (pg_temp.claimed(:'other') ->> 'wait_seconds')::float between 0 and 0.35 and pg_temp.claimed(:'other') ->> 'state' = 'paused',
  'also when asked for by name'
);
select pg_temp.later('0.36 seconds');
select pg_temp.claimed() as second \gset
select is(:'second'::jsonb ->> 'user_id', :'other', 'then it is the other''s turn');
select pg_temp.later('61 seconds');
select is(pg_temp.claimed((:'first'::jsonb ->> 'user_id')::uuid) ->> 'state', 'claimed', 'a lost worker keeps nobody else''s out');
select is(pg_temp.refused_under(:'second', 'next_notion_page'), :'notion_lease_lost', 'nor uses the bot of who has it now');
select is(pg_temp.claimed(), '{"state": "idle"}', 'one at a time');
select is(
  (select count(*) from kinkster.notion_connections as c where c.lease is not null), 1::bigint, 'and no lease of before is left'
);

select * from finish();
rollback;
