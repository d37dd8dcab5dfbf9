begin;
\ir ../setup.psql
select plan(6);

update public.profiles set hard_limits = array['heights', 'spiders'] where id = :'ada';
update kinkster.settings set platform_hard_limits = array['anyone under 18'];
select pg_temp.new_kinkster(:'ada', '{"provider": "openai_responses", "openai_model": "gpt-test", "hard_limits": ["deep water"]}') as kinkster \gset
select pg_temp.talked(:'ada', :'kinkster', 'Hello', '{"model": "gpt-answered"}') as talked \gset
select :'talked'::jsonb #>> '{plan,turn_id}' as turn \gset
\set receipt 'select kinkster_consent_receipt(%L)'
select pg_temp.as_user(:'ada', :'receipt', :'turn') as given \gset

select is(
  :'given'::jsonb -> 'limits', '{"platform": ["anyone under 18"], "user": ["heights", "spiders"], "kinkster": ["deep water"]}', 'the limits'
);
select is(
  :'given'::jsonb - array['limits', 'limits_sha256', 'prompt_sha256', 'asked_at', 'ended_at'], jsonb_build_object(
    'success', true, 'turn_id', :'turn', 'conversation_id', :'talked'::jsonb #>> '{plan,conversation_id}', 'kinkster_id', :'kinkster',
    'status', 'completed', 'provider', 'openai_responses', 'rerouted_from', null, 'model', 'gpt-answered', 'replaced_model', null, 'safeword_seen', false
  ), 'what was asked'
);
select is(
  array[:'given'::jsonb ->> 'limits_sha256', :'given'::jsonb ->> 'prompt_sha256'],
  array[encode(sha256(convert_to(:'talked'::jsonb #>> '{plan,limits}', 'UTF8')), 'hex'),
    encode(sha256(convert_to(:'talked'::jsonb #>> '{plan,instructions}', 'UTF8')), 'hex')], 'proof of what the provider was given'
);
select ok((:'given'::jsonb ->> 'ended_at')::timestamptz >= (:'given'::jsonb ->> 'asked_at')::timestamptz, 'when');
update public.profiles set hard_limits = '{}' where id = :'ada';
update public.kinksters set hard_limits = '{}' where id = :'kinkster';
select is(pg_temp.as_user(:'ada', :'receipt', :'turn')::jsonb, :'given'::jsonb, 'what changes later changes no receipt');
select is(
  pg_temp.as_user(:'ada', :'receipt', pg_temp.talked(:'ada', :'kinkster', 'Again') #>> '{plan,turn_id}')::jsonb -> 'limits',
  '{"platform": ["anyone under 18"], "user": [], "kinkster": []}', 'without limits it says that there were none'
);

select * from finish();
rollback;
