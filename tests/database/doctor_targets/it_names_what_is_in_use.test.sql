begin;
\ir ../setup.psql
select plan(9);
create function pg_temp.targets() returns jsonb language sql as $$
  select pg_temp.as_role('kinkster_worker', null, 'select kinkster.doctor_targets()')::jsonb - 'now'
$$;
select is(
  pg_temp.targets(), '{"models": ["gpt-4o-mini"], "chatflows": [], "uses_openai": false, "uses_flowise": false, "uses_notion": false}',
  'nobody is there: the default model may be asked for'
);
select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses", "openai_model": "m-1"}') as x \gset
select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses", "openai_model": "m-off", "is_active": false}') as x \gset
select pg_temp.new_kinkster(:'ada', '{"flowise_chatflow_id": "flow-1"}') as x \gset
select count(pg_temp.new_kinkster(:'bea', '{"flowise_chatflow_id": "flow-2"}')) as x from generate_series(1, 2) \gset
select pg_temp.new_kinkster(:'bea', '{"flowise_chatflow_id": "flow-off", "is_active": false}') as x \gset
select pg_temp.new_kinkster(:'bea', '{"flowise_chatflow_id": ""}') as x \gset
select is(
  pg_temp.targets(), '{"models": ["m-1"], "chatflows": ["flow-2", "flow-1"], "uses_openai": true, "uses_flowise": true, "uses_notion": false}',
  'what active characters ask for, the most used first'
);
update kinkster.settings set default_flowise_chatflow_id = 'flow-default';
select is(pg_temp.targets() -> 'chatflows', '["flow-2", "flow-1", "flow-default"]', 'the default, of those that have none');
insert into kinkster.models (model, provider, shutdown_on, replacement) values ('m-1', 'me', '2020-01-01', 'm-2');
select is(pg_temp.targets() -> 'models', '["m-2"]', 'the model that is asked in place of one that has ended');
select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses", "openai_model": null}') as x \gset
select is(pg_temp.targets() -> 'models', '["gpt-4o-mini", "m-2"]', 'the default, of those that chose none');
insert into public.kinksters (user_id, name, provider, openai_model, flowise_chatflow_id)
select :'ada'::uuid, 'Mira', case n % 2 when 0 then 'flowise' else 'openai_responses' end, 'm-' || n, 'f-' || n from generate_series(10, 60) as n;
select is(
  (select jsonb_build_array(jsonb_array_length(t -> 'models'), jsonb_array_length(t -> 'chatflows')) from pg_temp.targets() as t), '[10, 10]', 'not all of many'
);
select ok(
  (pg_temp.as_role('kinkster_worker', null, 'select kinkster.doctor_targets() ->> ''now''')::timestamptz - clock_timestamp()) between interval '-1 minute' and '0',
  'the time'
);
select pg_temp.later('-1 day');
select ok(
  (pg_temp.as_role('kinkster_worker', null, 'select kinkster.doctor_targets() ->> ''now''')::timestamptz - clock_timestamp()) between interval '-1 minute' and '0',
  'which is the real one'
);
select alike(pg_temp.refusal(:'ada', 'select kinkster.doctor_targets()'), '42501: %', 'users ask for none of this');

select * from finish();
rollback;
