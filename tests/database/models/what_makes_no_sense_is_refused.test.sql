begin;
\ir ../setup.psql
select plan(14);

insert into kinkster.models (model, provider) values ('gpt-a', 'test');
select throws_ok(format('insert into kinkster.models (model, provider, %s', row), '23514', null, row) from unnest(array[
  'covers) values (''x'', ''test'', ''some'')', 'same_as) values (''x'', ''test'', ''x'')',
  'replacement) values (''x'', ''test'', ''x'')', 'replacement) values (''x'', ''test'', '''')',
  'same_as) values ('' '', ''test'', null)', 'same_as) values (''x'', '' '', null)'
]) as row;
select throws_ok(
  'insert into kinkster.models (model, provider, same_as) values (''x'', ''test'', ''unknown'')', '23503', null, 'another name of nothing'
);
select throws_ok(format('insert into kinkster.model_prices (model, input_usd, output_usd, %s', row), '23514', null, row) from unnest(array[
  'over_input_tokens) values (''gpt-a'', 1, 1, -1)', 'cached_input_usd) values (''gpt-a'', 1, 1, -1)',
  'cache_write_usd) values (''gpt-a'', 1, 1, -1)', 'starts_on) values (''gpt-a'', -1, 1, ''-infinity'')',
  'starts_on) values (''gpt-a'', 1, -1, ''-infinity'')'
]) as row;
select is(
  pg_temp.refusal_of('service_role', null, 'insert into kinkster.models (model, provider) values (''mine'', ''me'')'), 'not refused',
  'the operator adds one'
);
select is(
  pg_temp.refusal_of(
    'service_role', null, 'insert into kinkster.model_prices (model, input_usd, output_usd) values (''mine'', 1, 2)'
  ), 'not refused', 'with its price'
);

select * from finish();
rollback;
