begin;
\ir ../notion.psql
select plan(4);

select pg_temp.new_kinkster(:'ada') as kinkster \gset
select pg_temp.connected(:'ada') as x, pg_temp.claimed() as claim \gset
select pg_temp.later('50 seconds');
select is(pg_temp.next_page(:'claim') ->> 'state', 'page', 'a worker that asks for the next page');
select ok(pg_temp.lease_left(:'ada') between 58 and 60, 'has another lease for it');
select pg_temp.later('50 seconds');
select pg_temp.sent(:'claim', jsonb_build_object('kinkster_id', :'kinkster', 'revision', 1)) as x \gset
select ok(pg_temp.lease_left(:'ada') between 58 and 60, 'as does one that says what became of one');
select pg_temp.later('50 seconds');
select pg_temp.next_page(:'claim') as x \gset
select ok(pg_temp.lease_left(:'ada') between 58 and 60, 'also when there is none');

select * from finish();
rollback;
