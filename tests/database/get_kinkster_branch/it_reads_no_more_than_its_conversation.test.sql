begin;
\ir ../setup.psql
select plan(2);

select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}') as kinkster \gset
insert into public.kinkster_conversations (user_id, kinkster_id) select :'ada', :'kinkster' from generate_series(1, 100);
insert into public.kinkster_turns (user_id, conversation_id, message, status, reply)
select c.user_id, c.id, 'Hello', 'completed', 'Well met.' from public.kinkster_conversations as c cross join generate_series(1, 60);
select pg_temp.as_user(:'ada', 'insert into kinkster_conversations (kinkster_id) values (%L) returning id', :'kinkster') as conversation \gset
select pg_temp.talked(:'ada', :'kinkster', 'One', p_conversation => :'conversation') as x \gset
analyze public.kinkster_turns, public.kinkster_conversations;

create function pg_temp.turns_read() returns bigint language sql volatile as $$
  select seq_tup_read + idx_tup_fetch from pg_stat_xact_user_tables where relid = 'public.kinkster_turns'::regclass
$$;
select pg_temp.turns_read() as before \gset
select is(
  pg_temp.as_user(:'ada', 'select count(*) from get_kinkster_branch(%L)', :'conversation'), '2', 'one turn among thousands'
);
select cmp_ok(pg_temp.turns_read() - :before, '<', 100::bigint, 'is found without reading them');

select * from finish();
rollback;
