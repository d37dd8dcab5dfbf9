begin;
\ir ../setup.psql
select plan(12);

select is((select count(*) from kinkster.settings), 1::bigint, 'one row');
select throws_ok('insert into kinkster.settings default values', '23505', null, 'no second one');
select throws_ok('insert into kinkster.settings (only_row) values (false)', '23514', null, 'not even under another name');
select throws_ok(format('update kinkster.settings set %s', change), '23514', null, change) from unnest(array[
  'default_flowise_chatflow_id = ''''', 'default_flowise_chatflow_id = ''../admin''', 'default_openai_model = '' ''',
  'context_turns = 0',
  'context_characters = 10', 'lease = ''0 seconds''', 'platform_hard_limits = ''{}''', 'flowise_monthly_cost_usd = -1'
]) as change;
select is(
  pg_temp.refusal_of('service_role', null, 'update kinkster.settings set default_flowise_chatflow_id = ''my-flow'''), 'not refused',
  'the operator changes it'
);

select * from finish();
rollback;
