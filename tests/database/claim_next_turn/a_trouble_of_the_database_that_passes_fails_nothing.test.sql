begin;
\ir ../setup.psql
select plan(4);

select pg_temp.new_kinkster(null, '{"provider": "openai_responses"}') as system \gset
select pg_temp.as_user(:'ada', 'select send_kinkster_message(%L, ''One'')', :'system') as x \gset
select pg_temp.as_user(:'bea', 'select send_kinkster_message(%L, ''Two'')', :'system') as x \gset
create function pg_temp.trouble() returns trigger language plpgsql as $$
begin
  raise sqlstate '53100' using message = 'the disk is full';
end $$;
create trigger trouble before update on public.kinkster_turns for each row when (new.message = 'One') execute function pg_temp.trouble();
\set next 'select kinkster.claim_next_turn(''w'')'

select is(pg_temp.as_role('kinkster_worker', null, :'next')::jsonb #>> '{plan,message}', 'Two', 'the next one is claimed');
select is(
  (select status || ' ' || attempts from public.kinkster_turns where message = 'One'), 'queued 0', 'and this one waits'
);
select is(pg_temp.as_role('kinkster_worker', null, :'next')::jsonb ->> 'state', 'idle', 'for as long as it takes');
drop trigger trouble on public.kinkster_turns;
select is(pg_temp.as_role('kinkster_worker', null, :'next')::jsonb #>> '{plan,message}', 'One', 'then it is claimed');

select * from finish();
rollback;
