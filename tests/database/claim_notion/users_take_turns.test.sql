begin;
\ir ../notion.psql
select plan(3);

select pg_temp.new_kinkster(owner) as x from unnest(array[:'ada', :'ada', :'bea']::uuid[]) as owner;
select pg_temp.connected(:'ada') as x, pg_temp.connected(:'bea') as y \gset
create function pg_temp.visits(p_count integer) returns text[] language plpgsql as $$
declare
  v_found text[] := '{}';
  v_claim jsonb;
begin
  for i in 1 .. p_count loop
    v_claim := pg_temp.claimed();
    v_found := v_found || (v_claim ->> 'user_id');
    perform pg_temp.released(v_claim);
    perform pg_temp.later('1 second');
  end loop;
  return v_found;
end $$;
select pg_temp.visits(4) as visits \gset
select is((:'visits'::text[])[3:4], (:'visits'::text[])[1:2], 'one after the other');
select is((select count(distinct v) from unnest(:'visits'::text[]) as v), 2::bigint, 'nobody is passed over');

-- Who is asked for by name, again and again, is no more in the way than others.
select pg_temp.released(pg_temp.claimed(:'ada')) as x, pg_temp.later('1 second') as y \gset
select is(pg_temp.claimed() ->> 'user_id', :'bea', 'whoever was served longest ago comes first');

select * from finish();
rollback;
