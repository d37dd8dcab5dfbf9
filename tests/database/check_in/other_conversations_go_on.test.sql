begin;
\ir ../setup.psql
select plan(3);

select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}') as one \gset
select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}') as other \gset
select pg_temp.began(:'ada', :'one', 'Hello') as x \gset
select pg_temp.began(:'ada', :'other', 'Hello') as others \gset
select pg_temp.as_user(:'ada', 'select send_kinkster_message(%L, ''safeword'')', :'one') as x \gset

select is(
  (select status from public.kinkster_turns where id = (:'others'::jsonb #>> '{plan,turn_id}')::uuid), 'streaming', 'another reply'
);
select is(
  (select state from public.kinkster_conversations where kinkster_id = :'other'), 'active', 'another conversation'
);
select is(pg_temp.settled(:'others') ->> 'status', 'completed', 'to its end');

select * from finish();
rollback;
