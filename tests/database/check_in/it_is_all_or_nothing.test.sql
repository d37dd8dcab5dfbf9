begin;
\ir ../setup.psql
select plan(4);

select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}') as kinkster \gset
select pg_temp.began(:'ada', :'kinkster', 'One') as one \gset
create function pg_temp.refuse() returns trigger language plpgsql as $$ begin raise 'no room'; end $$;
create trigger refuse before insert on public.kinkster_turns for each row execute function pg_temp.refuse();

select is(pg_temp.refusal(:'ada', 'select send_kinkster_message(%L, ''safeword'')', :'kinkster'), 'P0001: no room', 'it cannot be stored');
select is((select status from public.kinkster_turns), 'streaming', 'then nothing has stopped');
select is((select state from public.kinkster_conversations), 'active', 'nor paused');
drop trigger refuse on public.kinkster_turns;
select is(
  pg_temp.as_user(:'ada', 'select send_kinkster_message(%L, ''safeword'')', :'kinkster')::jsonb ->> 'status', 'completed',
  'and the same again is heeded'
);

select * from finish();
rollback;
