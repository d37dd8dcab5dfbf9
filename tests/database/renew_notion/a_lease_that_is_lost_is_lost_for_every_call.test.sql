begin;
\ir ../notion.psql
select plan(22);

select pg_temp.new_kinkster(:'ada') as kinkster \gset
-- What a worker can do whose claim this is.
create function pg_temp.refusals(p_claim jsonb, p_kinkster text) returns text[] language sql as $$
  select array[
    pg_temp.refused_under(p_claim, 'note_notion_source', 'a-database', 'a-source'),
    pg_temp.refused_under(p_claim, 'next_notion_page'),
    pg_temp.refused_under(p_claim, 'settle_notion_page', p_kinkster, '{"status": "sent", "revision": 1, "page_id": "page"}'),
    pg_temp.refused_under(p_claim, 'settle_notion_page', p_kinkster, '{"status": "failed", "revision": 1, "error_code": "notion_unauthorized"}'),
    pg_temp.refused_under(p_claim, 'renew_notion'),
    pg_temp.refused_under(p_claim, 'release_notion', '90'),
    pg_temp.refused_under(p_claim, 'release_notion', '0', '{"error_code": "notion_unauthorized"}')
  ]
$$;
create function pg_temp.rows() returns jsonb language sql as $$
  select jsonb_build_array(
    (select jsonb_agg(to_jsonb(c) order by c.user_id) from kinkster.notion_connections as c),
    (select jsonb_agg(to_jsonb(a) order by a.kinkster_id) from kinkster.notion_attempts as a),
    (select jsonb_agg(to_jsonb(k) order by k.id) from public.kinksters as k)
  )
$$;
-- After p_change nothing is granted to a worker that had claimed before, and nothing changes.
create function pg_temp.lost_after(p_kinkster text, p_change text) returns setof text language plpgsql as $$
declare
  v_claim jsonb;
  v_rows jsonb;
begin
  perform pg_temp.later('1 hour'), pg_temp.connected('00000000-0000-4000-8000-00000000ada0');
  v_claim := pg_temp.claimed('00000000-0000-4000-8000-00000000ada0');
  return next is(v_claim ->> 'state', 'claimed', 'a worker has it');
  perform pg_temp.next_page(v_claim);
  execute p_change;
  v_rows := pg_temp.rows();
  return next is(
    pg_temp.refusals(v_claim, p_kinkster),
    array_fill('KW001: This connection to Notion is no longer leased to this worker.'::text, array[7]), p_change
  );
  return next is(pg_temp.rows(), v_rows, 'and nothing has changed');
end $$;

create function pg_temp.claim_of(p_user uuid) returns jsonb language sql as $$
  select jsonb_build_object('user_id', c.user_id, 'lease', c.lease) from kinkster.notion_connections as c where c.user_id = p_user
$$;
select lost.* from (values
  ($$select pg_temp.later('61 seconds'), pg_temp.claimed('00000000-0000-4000-8000-00000000ada0')$$),
  ($$select pg_temp.released(pg_temp.claim_of('00000000-0000-4000-8000-00000000ada0'))$$),
  ($$select pg_temp.released(pg_temp.claim_of('00000000-0000-4000-8000-00000000ada0'), 0, '{"error_code": "notion_overloaded"}')$$),
  ($$select pg_temp.released(pg_temp.claim_of('00000000-0000-4000-8000-00000000ada0'), 0, '{"error_code": "notion_unauthorized"}')$$),
  ($$select pg_temp.connected('00000000-0000-4000-8000-00000000ada0')$$),
  ($$select pg_temp.as_worker('select kinkster.disconnect_notion(%L)', '00000000-0000-4000-8000-00000000ada0')$$)
) as c (change)
cross join lateral pg_temp.lost_after(:'kinkster', c.change) as lost;

select pg_temp.connected(:'ada') as x \gset
select pg_temp.claimed(:'ada') as before \gset
select pg_temp.as_worker('select kinkster.disconnect_notion(%L)', :'ada') as x, pg_temp.connected(:'ada') as y \gset
select is(
  pg_temp.refusals(:'before', :'kinkster'), array_fill(:'notion_lease_lost'::text, array[7]), 'who comes back is another'
);
select pg_temp.claimed(:'ada') as claim \gset
select is(
  pg_temp.refused_under(:'claim'::jsonb || jsonb_build_object('user_id', :'bea'), 'renew_notion'), :'notion_lease_lost', 'a lease is of one user'
);
delete from auth.users where id = :'ada';
select is(
  pg_temp.refusals(:'claim', :'kinkster'), array_fill(:'notion_lease_lost'::text, array[7]), 'a user who left leaves nothing'
);
select is((select count(*) from kinkster.notion_connections), 0::bigint, 'and no token');

select * from finish();
rollback;
