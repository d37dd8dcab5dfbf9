begin;
\ir ../setup.psql
select plan(7);

select pg_temp.talked(:'ada', pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses"}')) as talked \gset
select :'talked'::jsonb #>> '{plan,turn_id}' as turn, :'talked'::jsonb #>> '{plan,conversation_id}' as conversation \gset
\set heed 'select kinkster.heed_safeword(%L, %L, %L)'

select is(pg_temp.as_user(:'ada', :'heed', conversation, turn, message), 'false', name) from (values
  (:'conversation', :'unknown', 'Hello', 'without a safeword'),
  (:'conversation', :'unknown', null, 'without a message'),
  (:'unknown', :'unknown', 'safeword', 'in no conversation'),
  (:'conversation', :'turn', 'safeword', 'over a turn that is there')
) as h (conversation, turn, message, name);
select is((select array_agg(reply) from public.kinkster_turns), array['Well met.'], 'nothing is written');
select alike(
  pg_temp.refusal_of('service_role', null, :'heed', :'conversation', :'unknown', 'safeword'), '42501: %', 'a service key says no safeword'
);
select is(pg_temp.as_user(:'ada', :'heed', :'conversation', :'unknown', 'safeword'), 'true', 'with one it is heeded');

select * from finish();
rollback;
