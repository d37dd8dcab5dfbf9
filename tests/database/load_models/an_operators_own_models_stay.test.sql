begin;
\ir ../setup.psql
select plan(9);

select kinkster.load_models() as names \gset
select is(
  (select count(*)::integer from kinkster.models), greatest(:names, 100), 'into an empty registry it brings the whole list'
);
select is(
  (select count(*) from kinkster.models where same_as is null and model not in (select model from kinkster.model_prices)), 0::bigint,
  'with a price for each model'
);
select ok(
  (select shutdown_on is not null and replacement is not null from kinkster.models where model = 'gpt-4o-mini'),
  'and the end of the one that characters have by default'
);
create temporary table before as select m as row from kinkster.models as m union all select null;
select kinkster.load_models() as x \gset
select is_empty('select m from kinkster.models as m except select row from before', 'again changes nothing');

insert into kinkster.models (model, provider, shutdown_on) values ('my-model', 'me', '2027-01-01');
insert into kinkster.model_prices (model, input_usd, output_usd) values ('my-model', 1, 2), ('gpt-4o-mini', 3, 4);
update kinkster.models set listed = false, replacement = 'my-model' where model = 'gpt-4o-mini';
update kinkster.models set replacement = 'my-model' where model = 'gpt-4o';
update kinkster.model_prices set input_usd = 99 where model = 'gpt-4o' and listed;
select kinkster.load_models() as x \gset
select is((select shutdown_on from kinkster.models where model = 'my-model'), '2027-01-01', 'one''s own model');
select is(
  (select array_agg(input_usd order by model) from kinkster.model_prices where not listed), '{3,1}', 'one''s own prices, of listed models too'
);
select is(
  (select replacement from kinkster.models where model = 'gpt-4o-mini'), 'my-model', 'a listed model that was made one''s own'
);
select isnt((select replacement from kinkster.models where model = 'gpt-4o'), 'my-model', 'one that was not follows the list');
select isnt((select max(input_usd) from kinkster.model_prices where model = 'gpt-4o'), 99::numeric, 'and so do its prices');

select * from finish();
rollback;
