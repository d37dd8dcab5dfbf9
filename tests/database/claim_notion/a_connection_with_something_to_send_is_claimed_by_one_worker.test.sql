begin;
\ir ../notion.psql
select plan(15);

select pg_temp.new_kinkster(:'ada') as kinkster \gset
select pg_temp.connected(:'ada') as x \gset
select pg_temp.claimed() as claim \gset
select is(
  :'claim'::jsonb - 'lease',
  jsonb_build_object(
    'state', 'claimed', 'user_id', :'ada', 'lease_seconds', 60, 'interval_seconds', 0.35, 'sealed_token', 'sealed for ' || :'ada',
    'bot_id', 'bot-of-' || :'ada', 'database_id', 'a-database', 'data_source_id', null
  ),
  'it is told all that it needs'
);
select is((:'claim'::jsonb ->> 'lease')::uuid is not null, true, 'under a lease');
select is(pg_temp.claimed(), '{"state": "idle"}', 'which keeps others out');
select is(pg_temp.claimed(:'ada', 'another worker'), '{"state": "busy"}', 'also whoever asks for this very user');
select ok(pg_temp.lease_left(:'ada') between 58 and 60, 'which takes nothing from who has it');

select pg_temp.new_kinkster(:'bea') as theirs \gset
select pg_temp.connected(:'bea') as x \gset
select is(pg_temp.claimed() ->> 'user_id', :'bea', 'another user''s is free');
select is(pg_temp.claimed(), '{"state": "idle"}', 'until somebody has it');

select pg_temp.released(:'claim') as x \gset
select pg_temp.claimed() as again \gset
select is(:'again'::jsonb ->> 'user_id', :'ada', 'what was given back can be claimed');
select isnt(:'again'::jsonb ->> 'lease', :'claim'::jsonb ->> 'lease', 'under another lease');
select is(pg_temp.refused_under(:'claim', 'renew_notion'), :'notion_lease_lost', 'the first is worth nothing any more');

update kinkster.settings set lease = '3 seconds', notion_interval = '0.5 seconds';
select pg_temp.released(:'again') as x \gset
select pg_temp.claimed() as short \gset
select is(
  array[:'short'::jsonb -> 'lease_seconds', :'short'::jsonb -> 'interval_seconds'], array['3', '0.5']::jsonb[], 'as long as the operator says'
);
select pg_temp.later('3.1 seconds');
select pg_temp.claimed(p_worker => 'another worker') as other \gset
select is(:'other'::jsonb ->> 'user_id', :'ada', 'a lost worker''s lease ends');
select is(
  (select array[c.worker, (c.claimed_at > kinkster.now() - interval '1 second')::text] from kinkster.notion_connections as c where c.user_id = :'ada'),
  array['another worker', 'true'], 'it is noted who has it, and since when'
);
select is(pg_temp.refused_under(:'short', 'release_notion'), :'notion_lease_lost', 'and the lost worker takes it from nobody');
select is(pg_temp.under(:'other', 'renew_notion') is not null, true, 'the other has it still');

select * from finish();
rollback;
