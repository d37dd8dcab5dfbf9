begin;
\ir ../setup.psql
select plan(9);

create function pg_temp.why(p_message text) returns text language sql as $$
  select continuity || coalesce(': ' || rebuilt_because, '') from public.kinkster_turns where message = p_message
$$;
update kinkster.settings set default_flowise_chatflow_id = 'flow';
select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}') as kinkster \gset

select pg_temp.talked(:'ada', :'kinkster', 'the first') as x \gset
select is(pg_temp.why('the first'), 'new', 'nothing came before');
select pg_temp.talked(:'ada', :'kinkster', 'the next') as x \gset
select is(pg_temp.why('the next'), 'chained', 'the provider remembers');
update public.kinksters set provider = 'flowise' where id = :'kinkster';
select pg_temp.talked(:'ada', :'kinkster', 'to Flowise') as x \gset
select is(pg_temp.why('to Flowise'), 'rebuilt: provider_changed', 'the other provider');
select pg_temp.later('1 second');
update public.kinksters set provider = 'openai_responses' where id = :'kinkster';
select pg_temp.later('1 second');
update public.kinksters set provider = 'flowise' where id = :'kinkster';
select pg_temp.talked(:'ada', :'kinkster', 'there and back') as x \gset
select is(pg_temp.why('there and back'), 'rebuilt: provider_changed', 'the same one, with another between');
update public.kinksters set hard_limits = '{heights}' where id = :'kinkster';
select pg_temp.talked(:'ada', :'kinkster', 'a new limit') as x \gset
select is(pg_temp.why('a new limit'), 'rebuilt: limits_changed', 'other limits');
select pg_temp.talked(:'ada', :'kinkster', 'gone on with') #>> '{plan,turn_id}' as turn \gset
select pg_temp.as_user(:'ada', 'select edit_kinkster_message(%L, %L) ->> ''turn_id''', :'turn', 'instead of it') as again \gset
select pg_temp.claimed(:'ada', :'again') as x \gset
select is(pg_temp.why('instead of it'), 'rebuilt: branched', 'another turn went on with the session');
update public.kinkster_turns set status = 'failed', error_code = 'x', error_message = 'x', error_hint = 'x' where id = :'again';
select pg_temp.talked(:'ada', :'kinkster', 'after a failure') as x \gset
select is(pg_temp.why('after a failure'), 'rebuilt: unfinished', 'no whole reply came before');

update public.kinksters set provider = 'openai_responses' where id = :'kinkster';
select pg_temp.talked(:'ada', :'kinkster', 'to Responses') as x \gset
select pg_temp.began(:'ada', :'kinkster', 'no memory', p_stateless => true) as began \gset
select is(pg_temp.why('no memory'), 'rebuilt: stateless', 'a server that keeps nothing');
select pg_temp.settled(:'began') as x \gset
select pg_temp.began(:'ada', :'kinkster', 'forgotten') as began \gset
select kinkster.rebuild_turn(:'ada', (:'began'::jsonb #>> '{plan,turn_id}')::uuid, (:'began'::jsonb #>> '{plan,lease}')::uuid) as x \gset
select is(pg_temp.why('forgotten'), 'rebuilt: forgotten', 'one that has forgotten');

select * from finish();
rollback;
