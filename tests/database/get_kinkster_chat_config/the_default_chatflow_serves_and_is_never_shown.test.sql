begin;
\ir ../setup.psql
select plan(5);

update kinkster.settings set default_flowise_chatflow_id = 'the-operators-flow';
select pg_temp.new_kinkster(:'ada') as kinkster \gset
select pg_temp.new_kinkster(:'ada', '{"flowise_chatflow_id": ""}') as emptied \gset
select pg_temp.as_user(:'ada', 'select get_kinkster_chat_config(%L)', :'kinkster') as config \gset

select is(:'config'::jsonb -> 'can_chat', 'true', 'a character without a chatflow can be chatted with');
select unalike(:'config'::text, '%the-operators-flow%', 'its user does not see the default');
select is(
  pg_temp.as_user(:'ada', 'select get_kinkster_chat_config(%L)', :'emptied')::jsonb -> 'can_chat', 'true',
  'an empty chatflow is none'
);
select alike(
  pg_temp.refusal(:'ada', 'select default_flowise_chatflow_id from kinkster.settings'), '42501: %',
  'nor can a user read it in the settings'
);
select is(
  pg_temp.began(:'ada', :'kinkster') #>> '{plan,chatflow_id}', 'the-operators-flow', 'the worker is told'
);

select * from finish();
rollback;
