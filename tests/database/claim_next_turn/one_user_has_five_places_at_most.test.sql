begin;
\ir ../setup.psql
select plan(6);

create function pg_temp.sent(p_user uuid) returns text language sql as $$
  select pg_temp.as_user(
    p_user, 'select send_kinkster_message(%L, ''Hello'')', pg_temp.new_kinkster(p_user, '{"provider": "openai_responses"}')::text
  )
$$;
select count(pg_temp.sent(:'ada')) as x from generate_series(1, 7) \gset
select pg_temp.sent(:'bea') as x \gset
\set next 'select kinkster.claim_next_turn(''w'')'

create function pg_temp.claims(p_count integer) returns text[] language plpgsql as $$
declare
  v_claimed jsonb;
  v_found text[] := '{}';
begin
  for i in 1 .. p_count loop
    v_claimed := pg_temp.as_role('kinkster_worker', null, 'select kinkster.claim_next_turn(''w'')')::jsonb;
    v_found := v_found || case v_claimed #>> '{plan,user_id}'
      when '00000000-0000-4000-8000-00000000ada0' then 'ada' when '00000000-0000-4000-8000-00000000bea0' then 'bea' else v_claimed ->> 'state'
    end;
  end loop;
  return v_found;
end $$;

select pg_temp.as_role('kinkster_worker', null, :'next') as first \gset
select is(
  pg_temp.claims(6), array['ada', 'ada', 'ada', 'ada', 'bea', 'idle'], 'five of Ada''s turns run; then it is Bea''s, whoever was first'
);
select is(
  (select count(*) from public.kinkster_turns where user_id = :'ada' and status = 'queued'), 2::bigint, 'the others wait'
);
select is(
  pg_temp.began(:'ada', pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}')) ->> 'state', 'claimed', 'no client is kept waiting by them'
);
select is(pg_temp.settled(:'first') ->> 'status', 'completed', 'one ends, and five run still');
select is(pg_temp.claims(1), array['idle'], 'so none is claimed');
select pg_temp.later('61 seconds');
select is(pg_temp.claims(1), array['ada'], 'a lost worker''s place is free');

select * from finish();
rollback;
