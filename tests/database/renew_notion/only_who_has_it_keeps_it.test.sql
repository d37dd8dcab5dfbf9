begin;
\ir ../notion.psql
select plan(9);

select is(
  pg_temp.refusal_of('kinkster_worker', null, 'select kinkster.renew_notion(%L, %L)', id, lease), :'notion_lease_lost', which
) from (values (:'ada', :'unknown', 'nobody is connected'), (:'unknown', null, 'nor anybody'), (null, null, 'nor nobody')) as n (id, lease, which);

select pg_temp.new_kinkster(:'ada') as kinkster \gset
select pg_temp.connected(:'ada') as x \gset
select is(
  pg_temp.refusal_of('kinkster_worker', null, 'select kinkster.renew_notion(%L, null)', :'ada'), :'notion_lease_lost',
  'no lease is no lease of nobody''s'
);
select pg_temp.claimed() as claim \gset
select pg_temp.later('50 seconds');
select is(pg_temp.under(:'claim', 'renew_notion'), '', 'it is kept');
select pg_temp.later('50 seconds');
select is(pg_temp.claimed() ->> 'state', 'idle', 'for another lease');
select ok(
  pg_temp.lease_left(:'ada') between 8 and 10, 'from when it was renewed'
);
select pg_temp.later('11 seconds');
select is(pg_temp.under(:'claim', 'renew_notion'), '', 'a worker that is late, and that nobody has replaced, has it still');
select pg_temp.later('61 seconds');
select pg_temp.claimed() as x \gset
select is(pg_temp.refused_under(:'claim', 'renew_notion'), :'notion_lease_lost', 'one that was replaced has not');

select * from finish();
rollback;
