begin;
\ir ../setup.psql
select plan(9);

select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}') as kinkster \gset
select pg_temp.new_kinkster(:'ada', '{"provider": "flowise", "flowise_chatflow_id": "my-flow"}') as flowise \gset
select pg_temp.talked(:'ada', :'kinkster') as x \gset
select pg_temp.talked(:'ada', :'flowise') as before \gset

create function pg_temp.chained(p_kinkster uuid) returns boolean language sql as $$
  select told #> '{plan,history}' = 'null' from pg_temp.talked('00000000-0000-4000-8000-00000000ada0', p_kinkster) as told
$$;

select is(pg_temp.chained(:'kinkster'), true, 'the same limits');
update public.profiles set hard_limits = array['heights'] where id = :'ada';
select is(pg_temp.chained(:'kinkster'), false, 'the user''s limits changed');
select is(pg_temp.chained(:'kinkster'), true, 'once rebuilt the chain goes on');
update public.kinksters set hard_limits = array['spiders'] where id = :'kinkster';
select is(pg_temp.chained(:'kinkster'), false, 'the character''s limits changed');
update kinkster.settings set platform_hard_limits = array['anyone under 18'];
select is(pg_temp.chained(:'kinkster'), false, 'the platform''s limits changed');
update public.profiles set hard_limits = array['heights', 'Heights '] where id = :'ada';
select is(pg_temp.chained(:'kinkster'), true, 'the same limits in other words are no change');
update public.kinksters set bio = 'A new bio.' where id = :'kinkster';
select is(pg_temp.chained(:'kinkster'), true, 'what else is edited breaks no chain');
select pg_temp.talked(:'ada', :'flowise') as after \gset
select isnt(:'after'::jsonb #>> '{plan,session_id}', :'before'::jsonb #>> '{plan,session_id}', 'Flowise gets a new session');
select is(jsonb_array_length(:'after'::jsonb #> '{plan,history}'), 2, 'and the history');

select * from finish();
rollback;
