begin;
\ir ../setup.psql
select plan(3);

create function pg_temp.sent(p_user uuid) returns text language sql as $$
  select pg_temp.as_user(
    p_user, 'select send_kinkster_message(%L, ''Hello'')', pg_temp.new_kinkster(p_user, '{"provider": "openai_responses"}')::text
  )
$$;
select count(pg_temp.sent(:'ada')) as x from generate_series(1, 3) \gset
select pg_temp.sent(:'bea') as x \gset

-- As a worker goes on from claim to claim.
create function pg_temp.claims(p_after uuid, p_count integer) returns text[] language plpgsql as $$
declare
  v_after uuid := p_after;
  v_claimed jsonb;
  v_found text[] := '{}';
begin
  for i in 1 .. p_count loop
    v_claimed := pg_temp.as_role('kinkster_worker', null, 'select kinkster.claim_next_turn(''w'', %L)', v_after::text)::jsonb;
    v_after := coalesce((v_claimed #>> '{plan,user_id}')::uuid, v_after);
    v_found := v_found || case v_after
      when '00000000-0000-4000-8000-00000000ada0' then 'ada' when '00000000-0000-4000-8000-00000000bea0' then 'bea'
    end;
  end loop;
  return v_found;
end $$;

savepoint all_wait;
select is(pg_temp.claims(:'ada', 4), array['bea', 'ada', 'ada', 'ada'], 'after Ada it is Bea''s turn, then around again');
rollback to all_wait;
select is(pg_temp.claims(null, 4), array['ada', 'bea', 'ada', 'ada'], 'without a user before it begins anywhere');
select is((select count(*) from public.kinkster_turns where status = 'streaming'), 4::bigint, 'each is claimed once');

select * from finish();
rollback;
