begin;
\ir ../setup.psql
select plan(8);

select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses", "sync_status": "synced"}') as own \gset
select pg_temp.new_kinkster(null, '{"provider": "openai_responses", "sync_status": "synced"}') as system \gset
alter table public.kinksters disable trigger kinksters_touch;
update public.kinksters set updated_at = '2020-01-01', last_local_update = '2020-01-01', sync_status = 'synced';
alter table public.kinksters enable trigger kinksters_touch;
select to_jsonb(k) as own_before from public.kinksters as k where id = :'own' \gset
select to_jsonb(k)::text || k.xmin || k.ctid as system_before from public.kinksters as k where id = :'system' \gset

select pg_temp.talked(:'ada', :'own', 'Hello', '{"response_id": "resp_own"}') as x \gset
select is(
  (select to_jsonb(k) from public.kinksters as k where id = :'own'),
  :'own_before'::jsonb || '{"openai_previous_response_id": "resp_own"}',
  'the owner''s last reply, and nothing else: no updated_at, no sync_status, no last_local_update'
);
select pg_temp.talked(:'ada', :'own', 'Again', :'failed'::jsonb || '{"response_id": "resp_half"}') as x \gset
select is(
  (select openai_previous_response_id from public.kinksters where id = :'own'), 'resp_own', 'a failed reply is not the last one'
);
select pg_temp.talked(:'ada', :'system', 'Hello') as x, pg_temp.talked(:'bea', :'system', 'Hello') as y \gset
select pg_temp.talked(:'ada', :'system', 'Again') as x \gset
select is(
  (select to_jsonb(k)::text || k.xmin || k.ctid from public.kinksters as k where id = :'system'), :'system_before',
  'a system character''s row is the same, down to its version'
);
select pg_temp.began(:'ada', :'own', 'Once more') as began \gset
update public.kinksters set provider = 'flowise', flowise_chatflow_id = 'my-flow' where id = :'own';
select pg_temp.settled(:'began', '{"response_id": "resp_late"}') as x \gset
select is(
  (select openai_previous_response_id from public.kinksters where id = :'own'), null,
  'a reply that ends after the provider changed comes too late'
);
select pg_temp.talked(:'ada', :'own', 'To Flowise') as x \gset
select is((select openai_previous_response_id from public.kinksters where id = :'own'), null, 'Flowise has no such id');
update public.kinksters set provider = 'openai_responses' where id = :'own';
select pg_temp.talked(:'ada', :'own', 'And back', '{"response_id": "resp_back"}') as x \gset
select is((select openai_previous_response_id from public.kinksters where id = :'own'), 'resp_back', 'the Responses API has');
update public.kinksters set user_id = :'bea' where id = :'own';
select is(
  (select count(*) from public.kinkster_turns where user_id = :'bea' and message <> 'Hello'), 0::bigint,
  'turns stay with who said them'
);
select is(
  (select count(*) from pg_trigger where tgrelid in ('public.kinkster_turns'::regclass,
    'public.kinkster_conversations'::regclass) and not tgisinternal and (tgtype & (4 | 16)) <> 0),
  0::bigint, 'neither a new turn nor a change of one fires a trigger'
);

select * from finish();
rollback;
